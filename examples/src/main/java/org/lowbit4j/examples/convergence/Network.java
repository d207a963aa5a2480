package org.lowbit4j.examples.convergence;

import java.util.Locale;
import org.lowbit4j.examples.wordnet.WordNetData;

/** The networks that are trained. */
public enum Network {
  /** Category of a WordNet gloss from its words: embedding, dense layer. */
  TEXT,
  /** Hand-drawn digits, made by the program: dense layers. */
  DENSE,
  /** The same digits: convolutions. */
  IMAGE,
  /** Next character of WordNet's glosses: LSTM. */
  RECURRENT;

  /**
   * The name to show.
   *
   * @return a word
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  Task task(WordNetData glosses) {
    switch (this) {
      case TEXT:
        return new TextTask(glosses);
      case DENSE:
        return new DenseTask();
      case IMAGE:
        return new ImageTask();
      default:
        return new CharacterTask(glosses);
    }
  }
}
