package org.lowbit4j.compatibility;

import java.util.Locale;
import java.util.function.Supplier;
import org.lowbit4j.AMSGrad8bit;
import org.lowbit4j.AdEMAMix8bit;
import org.lowbit4j.AdaBelief8bit;
import org.lowbit4j.AdaDelta8bit;
import org.lowbit4j.AdaMax8bit;
import org.lowbit4j.Adagrad8bit;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.LAMB8bit;
import org.lowbit4j.LARS8bit;
import org.lowbit4j.Lion8bit;
import org.lowbit4j.Nadam8bit;
import org.lowbit4j.Nesterovs8bit;
import org.lowbit4j.OptimManager;
import org.lowbit4j.RMSprop8bit;
import org.lowbit4j.SGD8bit;
import org.lowbit4j.codec.QuantMap;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;

/** The optimizers of version 1 with their moments; those with other moments by option, too. */
enum Variant {
  ADAM(() -> new Adam8bit(1e-3), "m", "v"),
  AMSGRAD(() -> new AMSGrad8bit(1e-3), "m", "v", "vHat"),
  NADAM(() -> new Nadam8bit(1e-3), "m", "v"),
  ADABELIEF(() -> new AdaBelief8bit(1e-3), "m", "s"),
  ADAMAX(() -> new AdaMax8bit(1e-3), "m", "u"),
  ADAGRAD(() -> new Adagrad8bit(1e-2), "h"),
  RMSPROP(() -> new RMSprop8bit(1e-3), "v"),
  RMSPROP_MOMENTUM(() -> new RMSprop8bit(1e-3).momentum(0.9), "v", "b"),
  RMSPROP_CENTERED(() -> new RMSprop8bit(1e-3).centered(true), "s", "a"),
  RMSPROP_CENTERED_MOMENTUM(
      () -> new RMSprop8bit(1e-3).centered(true).momentum(0.9), "s", "a", "b"),
  NESTEROVS(() -> new Nesterovs8bit(1e-2), "v"),
  ADADELTA(AdaDelta8bit::new, "msg", "msdx"),
  ADAMW(() -> new AdamW8bit(1e-3), "m", "v"),
  LAMB(() -> new LAMB8bit(1e-3), "m", "v"),
  ADEMAMIX(() -> new AdEMAMix8bit(1e-3), "m1", "m2", "v"),
  LION(() -> new Lion8bit(1e-4), "m"),
  SGD(() -> new SGD8bit(1e-2), "m"),
  SGD_NESTEROV(() -> new SGD8bit(1e-2).nesterov(true), "m"),
  LARS(() -> new LARS8bit(0.1), "m");

  private final Supplier<IUpdater> updater;
  private final String[] moments;

  Variant(Supplier<IUpdater> updater, String... moments) {
    this.updater = updater;
    this.moments = moments;
  }

  /** With the defaults of how state is kept. */
  IUpdater updater() {
    return updater.get();
  }

  String[] moments() {
    return moments.clone();
  }

  /** Ready to be instantiated without a network. */
  IUpdater updater(int bits, DataType type, QuantMap map, int percentileClipping) {
    TrainingConfig training =
        new TrainingConfig.Builder()
            .updater(updater())
            .dataSetFeatureMapping("in")
            .dataSetLabelMapping("label")
            .build();
    OptimManager.of(training)
        .optimBits(bits)
        .blockSize(64)
        .min8bitSize(0)
        .quantMap(map)
        .percentileClipping(percentileClipping)
        .set("dataType", type)
        .apply();
    // Steps are made by hand here, without weight decay and trust ratios, as before there were
    // checks.
    String unchecked = training.toJson().replace("\"checked\" : true", "\"checked\" : false");
    return TrainingConfig.fromJson(unchecked).getUpdater();
  }

  /** Its name in files. */
  String file() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
