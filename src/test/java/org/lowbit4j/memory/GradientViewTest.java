package org.lowbit4j.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Elements are read and written in 'c' order, in place, whatever the strides. */
class GradientViewTest {

  private static final DataType[] TYPES = {DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16};

  /** Views by name, of a parent that holds 0, 1, 2... */
  static Stream<Arguments> views() {
    List<Arguments> views =
        List.of(
            view("vector", p -> p),
            view("part of a vector", p -> p.get(interval(7, 1500))),
            view("every third of a vector", p -> p.get(interval(1, 3, 600))),
            view("matrix", p -> p.reshape('c', 40, 50)),
            view("'f' matrix", p -> p.reshape('f', 40, 50)),
            view("transposed", p -> p.reshape('c', 40, 50).transpose()),
            view("row", p -> p.reshape('c', 40, 50).getRow(7)),
            view("column", p -> p.reshape('c', 40, 50).getColumn(7)),
            view("column of 'f'", p -> p.reshape('f', 40, 50).getColumn(7)),
            view("columns", p -> p.reshape('c', 40, 50).get(all(), interval(3, 20))),
            view("rows", p -> p.reshape('c', 40, 50).get(interval(3, 20), all())),
            view("rows of 'f'", p -> p.reshape('f', 40, 50).get(interval(3, 20), all())),
            view("column vector", p -> p.reshape('c', 2000, 1)),
            view("row vector", p -> p.reshape('c', 1, 2000)),
            view("1x1", p -> p.reshape('c', 40, 50).get(interval(3, 4), interval(9, 10))),
            view("rank 0", p -> Nd4j.scalar(p.dataType(), 42)),
            view("rank 3", p -> p.reshape('c', 10, 20, 10).permute(2, 0, 1)),
            view("rank 3, plane", p -> p.reshape('f', 10, 20, 10).get(all(), point(4), all())),
            view("rank 4", p -> p.reshape('c', 4, 5, 10, 10).permute(3, 1, 0, 2)),
            view("rank 4 of 'f' with ones", p -> p.reshape('f', 4, 1, 500, 1)));
    return views.stream()
        .flatMap(v -> Arrays.stream(TYPES).map(type -> Arguments.of(v.get()[0], type, v.get()[1])));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("views")
  void anyRangeIsReadAndWrittenInPlace(String name, DataType type, UnaryOperator<INDArray> make) {
    Random random = new Random(8);
    for (int trial = 0; trial < 5; trial++) {
      INDArray parent = Nd4j.arange(2000).castTo(type);
      INDArray view = make.apply(parent);
      check(name + ", " + type, parent, view, random);
    }
  }

  @Test
  void randomSlicesOfRandomArraysAreReadAndWrittenInPlace() {
    Random random = new Random(9);
    for (int trial = 0; trial < 300; trial++) {
      DataType type = TYPES[random.nextInt(3)];
      int rank = 1 + random.nextInt(4);
      long[] shape = random.longs(rank, 2, 7).toArray();
      char order = random.nextBoolean() ? 'c' : 'f';
      int length = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
      INDArray flat = Nd4j.arange(length).castTo(type);
      INDArray parent = rank == 1 ? flat : flat.reshape(order, shape);
      // A region anywhere in the parent, its dimensions in any order.
      long[] from = new long[rank];
      long[] size = new long[rank];
      long offset = 0;
      for (int d = 0; d < rank; d++) {
        from[d] = random.nextInt((int) shape[d]);
        size[d] = 1 + random.nextInt((int) (shape[d] - from[d]));
        offset += from[d] * parent.stride(d);
      }
      INDArray view = Nd4j.create(parent.data(), size, parent.stride(), offset, order);
      if (rank > 1) {
        view = view.permute(permutation(random, rank));
      }
      String what =
          String.format(
              "trial %d: %s '%s' %s, from %s, size %s, strides %s",
              trial,
              type,
              order,
              Arrays.toString(shape),
              Arrays.toString(from),
              Arrays.toString(view.shape()),
              Arrays.toString(view.stride()));
      check(what, flat, view, random);
    }
  }

  private static void check(String what, INDArray parent, INDArray view, Random random) {
    double[] elements = elements(view);
    double[] parentBefore = elements(parent);
    GradientView gradient = new GradientView(view);
    assertThat(gradient.length()).as(what).isEqualTo(elements.length);
    assertThat(sorted(GradientView.inMemoryOrder(view))).as(what).isEqualTo(sorted(gradient));
    int from = random.nextInt(elements.length);
    int n = 1 + random.nextInt(elements.length - from);
    String range = what + ", from " + from + ", n " + n;

    float[] loaded = new float[n + 1];
    loaded[n] = -7;
    gradient.load(from, n, loaded);
    for (int i = 0; i < n; i++) {
      assertThat((double) loaded[i]).as("%s, element %d", range, i).isEqualTo(elements[from + i]);
    }
    assertThat(loaded[n]).as("behind the range").isEqualTo(-7);

    float[] stored = new float[n + 1];
    for (int i = 0; i < n; i++) {
      // None of them is in the parent.
      stored[i] = -1 - i;
      elements[from + i] = -1 - i;
    }
    gradient.store(from, n, stored);
    assertThat(elements(view)).as(range).isEqualTo(elements);
    double[] parentAfter = elements(parent);
    int changed = 0;
    for (int i = 0; i < parentAfter.length; i++) {
      changed += parentAfter[i] == parentBefore[i] ? 0 : 1;
    }
    assertThat(changed).as(range + ": elements of the parent").isEqualTo(view.rank() == 0 ? 0 : n);
  }

  private static float[] sorted(GradientView view) {
    float[] x = new float[(int) view.length()];
    view.load(0, x.length, x);
    Arrays.sort(x);
    return x;
  }

  @Test
  void memoryOrderOfContiguousArraysIsThatOfTheirBuffer() {
    for (char order : new char[] {'c', 'f'}) {
      INDArray array = Nd4j.arange(24).castTo(DataType.FLOAT).reshape(order, 2, 3, 4);
      GradientView view = GradientView.inMemoryOrder(array);
      float[] x = new float[24];
      view.load(0, 24, x);
      assertThat(view.isContiguous()).isTrue();
      assertThat(x).isSorted();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE", "HALF"})
  void elementsThatShareMemoryAreRefused(DataType type) {
    INDArray parent = Nd4j.arange(10).castTo(type);
    INDArray broadcast = Nd4j.create(parent.data(), new long[] {4, 10}, new long[] {0, 1}, 0, 'c');
    assertThatThrownBy(() -> new GradientView(broadcast))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[4, 10]")
        .hasMessageContaining("[0, 1]")
        .hasMessageContaining("dup");
  }

  @ParameterizedTest
  @EnumSource(names = {"INT", "LONG", "BFLOAT16", "BYTE", "BOOL"})
  void otherTypesAreRefused(DataType type) {
    INDArray array = Nd4j.zeros(type, 10);
    assertThatThrownBy(() -> new GradientView(array))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gradient")
        .hasMessageContaining(type.toString());
  }

  /** In 'c' order, by the array's own indexing. */
  private static double[] elements(INDArray array) {
    double[] elements = new double[(int) array.length()];
    long[] shape = array.shape();
    long[] index = new long[shape.length];
    for (int i = 0; i < elements.length; i++) {
      long rest = i;
      for (int d = shape.length - 1; d >= 0; d--) {
        index[d] = rest % shape[d];
        rest /= shape[d];
      }
      elements[i] = shape.length == 0 ? array.getDouble(0) : array.getDouble(index);
    }
    return elements;
  }

  private static int[] permutation(Random random, int n) {
    int[] p = new int[n];
    for (int i = 0; i < n; i++) {
      int j = random.nextInt(i + 1);
      p[i] = p[j];
      p[j] = i;
    }
    return p;
  }

  private static Arguments view(String name, UnaryOperator<INDArray> make) {
    return Arguments.of(name, make);
  }
}
