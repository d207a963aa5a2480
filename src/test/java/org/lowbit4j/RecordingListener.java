package org.lowbit4j;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;

/** Keeps the gradient of the last step, as it is before the updater turns it into the update. */
final class RecordingListener extends BaseTrainingListener {

  private float[] last;

  @Override
  public void onGradientCalculation(Model model) {
    last = model.gradient().gradient().dup().data().asFloat();
  }

  float[] last() {
    return last;
  }
}
