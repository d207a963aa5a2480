package org.lowbit4j.examples.convergence;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.Random;

/**
 * Draws digits as an unsteady hand does: corners moved at random, turned, sheared, in pens of
 * several widths, crossed by a stroke that does not belong to them, and with noise. No fonts, which
 * differ from machine to machine.
 */
final class Digits {

  /** Digits, 0 to 9. */
  static final int COUNT = 10;

  /** Width and height in pixels. */
  static final int SIZE = 20;

  /** Corners x, y of one line per digit, on a sheet 4 wide and 6 high. */
  private static final int[][] CORNERS = {
    {2, 0, 4, 1, 4, 5, 2, 6, 0, 5, 0, 1, 2, 0},
    {1, 1, 2, 0, 2, 6},
    {0, 1, 1, 0, 3, 0, 4, 1, 4, 2, 0, 6, 4, 6},
    {0, 0, 4, 0, 2, 2, 4, 4, 3, 6, 0, 6},
    {3, 6, 3, 0, 0, 4, 4, 4},
    {4, 0, 0, 0, 0, 3, 3, 2, 4, 4, 3, 6, 0, 6},
    {3, 0, 0, 3, 0, 5, 2, 6, 4, 5, 4, 4, 2, 3, 0, 4},
    {0, 0, 4, 0, 1, 6},
    {2, 3, 0, 1, 2, 0, 4, 1, 2, 3, 0, 5, 2, 6, 4, 5, 2, 3},
    {4, 2, 2, 3, 0, 2, 0, 1, 2, 0, 4, 1, 4, 3, 1, 6},
  };

  private static final double JITTER = 0.35;
  private static final double NOISE = 0.25;

  private Digits() {}

  /**
   * Draws one.
   *
   * @param digit 0 to 9
   * @param random decides all that varies
   * @return 20 x 20 pixels row by row, about 0 for paper and 1 for ink
   */
  static float[] draw(int digit, Random random) {
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D pen = image.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    pen.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    pen.translate(SIZE / 2 + between(-2, 2, random), SIZE / 2 + between(-2, 2, random));
    pen.rotate(between(-0.4, 0.4, random));
    pen.shear(between(-0.3, 0.3, random), 0);
    pen.scale(between(1.6, 2.8, random), between(1.6, 2.6, random));
    pen.setStroke(round(between(0.4, 0.9, random)));
    pen.draw(line(CORNERS[digit], random));
    pen.setStroke(round(0.3));
    pen.draw(line(new int[] {random.nextInt(5), 0, random.nextInt(5), 6}, random));
    pen.dispose();
    float[] pixels = image.getRaster().getPixels(0, 0, SIZE, SIZE, (float[]) null);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) (pixels[i] / 255 + NOISE * random.nextGaussian());
    }
    return pixels;
  }

  private static Path2D line(int[] corners, Random random) {
    Path2D line = new Path2D.Double();
    for (int i = 0; i < corners.length; i += 2) {
      double x = corners[i] - 2 + JITTER * random.nextGaussian();
      double y = corners[i + 1] - 3 + JITTER * random.nextGaussian();
      if (i == 0) {
        line.moveTo(x, y);
      } else {
        line.lineTo(x, y);
      }
    }
    return line;
  }

  private static BasicStroke round(double width) {
    return new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }

  private static double between(double low, double high, Random random) {
    return low + (high - low) * random.nextDouble();
  }
}
