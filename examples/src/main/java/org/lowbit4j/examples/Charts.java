package org.lowbit4j.examples;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the curves of all runs as PNG, twice as large as shown so that they stay sharp. */
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
    XYChart chart = chart("Training loss", "cross-entropy", comparison);
    for (RunResult run : comparison.runs()) {
      add(chart, run, run.lossCurve(), SeriesMarkers.NONE);
    }
    return BitmapEncoder.getBitmapBytes(chart, BitmapFormat.PNG);
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
    chart
        .getStyler()
        .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 28))
        .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 26))
        .setPlotGridLinesColor(new Color(0xdddddd))
        .setXAxisMin(0.0)
        .setXAxisMax((double) comparison.epochs())
        .setXAxisDecimalPattern("0.##")
        .setYAxisDecimalPattern("0.0")
        .setXAxisTickMarkSpacingHint(160)
        .setYAxisTickMarkSpacingHint(90)
        .setMarkerSize(20);
    chart
        .getStyler()
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false)
        .setChartPadding(24)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 34))
        .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 28))
        .setLegendPosition(LegendPosition.OutsideS)
        .setLegendBorderColor(Color.WHITE)
        .setLegendPadding(20)
        .setLegendSeriesLineLength(80);
    return chart;
  }
}
