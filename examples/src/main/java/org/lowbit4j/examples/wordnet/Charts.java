package org.lowbit4j.examples.wordnet;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the results of all runs as PNG, twice as large as shown so that they stay sharp. */
final class Charts {

  private static final int WIDTH = 1400;
  private static final int HEIGHT = 1050;

  /** Looks by run; later ones are thinner, so that equal curves can be told apart. */
  private static final Color[] COLORS = {
    new Color(0x9dbbe0), new Color(0xc4510c), new Color(0x1b4332), new Color(0x7b4fa3)
  };

  private static final float[] WIDTHS = {14, 6, 5, 5};
  private static final float[][] DASHES = {null, null, {5, 14}, {18, 10}};
  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE, SeriesMarkers.DIAMOND, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP
  };

  private Charts() {}

  /** Training loss over epochs. */
  static byte[] loss(Comparison comparison) throws IOException {
    return BitmapEncoder.getBitmapBytes(lossChart(comparison), BitmapFormat.PNG);
  }

  private static XYChart lossChart(Comparison comparison) {
    XYChart chart = chart("Training loss", "cross-entropy", comparison);
    for (RunResult run : comparison.runs()) {
      add(chart, run, run.lossCurve(), SeriesMarkers.NONE);
    }
    return chart;
  }

  /**
   * The loss less that of the first run, for the runs of the same network: curves that coincide.
   */
  static byte[] lossDifference(Comparison comparison) throws IOException {
    RunResult first = comparison.runs().get(0);
    XYChart chart =
        chart(
            "Training loss less that of " + first.updater().label(),
            "difference of cross-entropies",
            comparison);
    chart.getStyler().setYAxisDecimalPattern("0.000");
    for (RunResult run : comparison.runs()) {
      if (run.parameters() == first.parameters()) {
        add(chart, run, difference(run.lossCurve(), first.lossCurve()), SeriesMarkers.NONE);
      }
    }
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
  }

  private static List<Double> difference(List<Double> a, List<Double> b) {
    return IntStream.range(0, a.size()).mapToObj(i -> a.get(i) - b.get(i)).toList();
  }

  /** State bytes and loss curves side by side, on a white card that any background may surround. */
  static byte[] overview(Comparison comparison) throws IOException {
    BufferedImage picture = new BufferedImage(2 * WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.drawImage(BitmapEncoder.getBufferedImage(stateChart(comparison)), 0, 0, null);
    graphics.drawImage(BitmapEncoder.getBufferedImage(lossChart(comparison)), WIDTH, 0, null);
    graphics.dispose();
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(picture, "png", png);
    return png.toByteArray();
  }

  /** Megabytes of optimizer state: one bar for each run. */
  private static CategoryChart stateChart(Comparison comparison) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Optimizer state")
            .xAxisTitle(" ")
            .yAxisTitle("megabytes")
            .build();
    style(chart.getStyler());
    chart
        .getStyler()
        .setOverlapped(true)
        .setLabelsVisible(true)
        .setLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 28))
        .setLabelsPosition(0.97)
        .setAvailableSpaceFill(0.7)
        .setXAxisTicksVisible(false)
        .setYAxisMin(0.0)
        .setYAxisTickMarkSpacingHint(150)
        .setYAxisDecimalPattern("0.0");
    List<String> places = comparison.runs().stream().map(run -> run.updater().label()).toList();
    for (RunResult run : comparison.runs()) {
      List<Double> bars = new ArrayList<>(Collections.nCopies(places.size(), null));
      bars.set(comparison.runs().indexOf(run), run.stateBytes() / 1e6);
      chart
          .addSeries(run.updater().label(), places, bars)
          .setFillColor(COLORS[run.updater().ordinal()]);
    }
    return chart;
  }

  /** Test accuracy after each epoch, and that of naive Bayes. */
  static byte[] accuracy(Comparison comparison) throws IOException {
    XYChart chart = chart("Test accuracy", "glosses classified right, %", comparison);
    for (RunResult run : comparison.runs()) {
      List<Double> percent = run.accuracies().stream().map(share -> 100 * share).toList();
      add(chart, run, percent, MARKERS[run.updater().ordinal()]);
    }
    double bayes = 100 * comparison.baselines().naiveBayes();
    double[] ends = {0, comparison.epochs()};
    XYSeries line = chart.addSeries("Naive Bayes", ends, new double[] {bayes, bayes});
    look(line, Color.GRAY, 3, new float[] {16, 10}, SeriesMarkers.NONE);
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
  }

  /** What rounding to 8 bits changes of the first moment. */
  static byte[] quantization(Comparison comparison) throws IOException {
    XYChart chart = chart("Quantization error of m", "% of its root mean square", comparison);
    for (RunResult run : comparison.runs()) {
      if (!run.quantizationErrors().isEmpty()) {
        List<Double> percent = run.quantizationErrors().stream().map(e -> 100 * e).toList();
        add(chart, run, percent, SeriesMarkers.NONE);
      }
    }
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
  }

  private static void add(XYChart chart, RunResult run, List<Double> curve, Marker marker) {
    double[] y = curve.stream().mapToDouble(Double::doubleValue).toArray();
    if (!DoubleStream.of(y).allMatch(Double::isFinite)) {
      return; // diverged, as the table shows
    }
    double perEpoch = (double) y.length / run.losses().size();
    double[] x = IntStream.rangeClosed(1, y.length).mapToDouble(i -> i / perEpoch).toArray();
    int k = run.updater().ordinal();
    look(chart.addSeries(run.updater().label(), x, y), COLORS[k], WIDTHS[k], DASHES[k], marker);
  }

  private static void look(
      XYSeries series, Color color, float width, float[] dashes, Marker marker) {
    series.setLineColor(color);
    series.setMarkerColor(color);
    series.setMarker(marker);
    series.setLineStyle(
        new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10f, dashes, 0f));
  }

  private static XYChart chart(String title, String yTitle, Comparison comparison) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("epochs")
            .yAxisTitle(yTitle)
            .build();
    style(chart.getStyler());
    chart
        .getStyler()
        .setXAxisMin(0.0)
        .setXAxisMax((double) comparison.epochs())
        .setXAxisDecimalPattern("0.##")
        .setYAxisDecimalPattern("0.0")
        .setXAxisTickMarkSpacingHint(160)
        .setYAxisTickMarkSpacingHint(90)
        .setMarkerSize(20);
    return chart;
  }

  private static void style(AxesChartStyler styler) {
    styler
        .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 28))
        .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 26))
        .setPlotGridLinesColor(new Color(0xdddddd));
    styler
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false)
        .setChartPadding(24)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 34))
        .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 28))
        .setLegendPosition(LegendPosition.OutsideS)
        .setLegendBorderColor(Color.WHITE)
        .setLegendPadding(20)
        .setLegendSeriesLineLength(80);
  }
}
