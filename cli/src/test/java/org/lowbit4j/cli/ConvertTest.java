package org.lowbit4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lowbit4j.Adam8bit;
import org.lowbit4j.AdamW8bit;
import org.lowbit4j.OptimManager;
import org.lowbit4j.RMSprop8bit;
import org.lowbit4j.codec.QuantMap;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/** Another updater for files. */
class ConvertTest {

  @TempDir Path folder;

  private Path path(String name) {
    return folder.resolve(name);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void thereAndBackAt32BitsIsBitForBit(DataType type) throws IOException {
    Adam adam = new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 1e-2, 0.99));
    Path source = Networks.save(Networks.network(adam, type), path("adam.zip"));
    assertThat(Run.of("convert", source, "--to", "Adam8bit", "--bits", 32, "-o", path("a.zip")))
        .hasFieldOrPropertyWithValue("status", 0);
    assertThat(Run.of("verify", path("a.zip")).status).isZero();
    assertThat(Run.of("inspect", "--json", path("a.zip")).out)
        .contains("\"Adam8bit\"")
        .doesNotContain("\"Adam\"");
    Run back = Run.of("convert", path("a.zip"), "--to", "adam", "-o", path("back.zip"));
    assertThat(back.status).as(back.toString()).isZero();
    Archive before = Archive.read(source);
    Archive after = Archive.read(path("back.zip"));
    if (type == DataType.FLOAT) {
      assertThat(after.state()).isEqualTo(before.state());
    }
    assertThat(after.parts.get("coefficients.bin")).isEqualTo(before.parts.get("coefficients.bin"));
    assertThat(after.parts.get("normalizer.bin")).isEqualTo(before.parts.get("normalizer.bin"));
    assertThat(after.parts.get("configuration.json"))
        .isEqualTo(before.parts.get("configuration.json"));
  }

  /** DYNAMIC has no codes of 4 bits: both are changed together, or nothing is. */
  @Test
  void bitsAndCodebooksAreChangedTogether() throws IOException {
    Path source =
        Networks.save(
            Networks.network(new Adam8bit(1e-2).quantMap(QuantMap.DYNAMIC), DataType.FLOAT),
            path("dynamic.zip"));
    for (Path to : new Path[] {path("a.zip"), null}) {
      Run refused =
          to == null
              ? Run.of("convert", source, "--bits", 4, "--dry-run")
              : Run.of("convert", source, "--bits", 4, "-o", to);
      assertThat(refused.status).isNotZero();
      assertThat(refused.err).contains("POWER, as optimBits is 4").contains("Nothing was written.");
    }
    assertThat(path("a.zip")).doesNotExist();
    Run run =
        Run.of("convert", source, "--bits", 4, "--quant-map", "POWER", "-o", path("four.zip"));
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(Run.of("verify", path("four.zip")).status).isZero();
    Run back =
        Run.of(
            "convert",
            path("four.zip"),
            "--quant-map",
            "DYNAMIC",
            "--bits",
            8,
            "-o",
            path("eight.zip"));
    assertThat(back.status).as(back.toString()).isZero();
  }

  /** Weights have the updater already, biases of some layers another one. */
  @Test
  void biasesAreConvertedAsWeightsAre() throws IOException {
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-2), DataType.FLOAT);
    OptimManager.of(net).layer(1).biases().updater(new Adam(1e-3)).apply();
    OptimManager.of(net).layer(3).biases().updater(new AdaDelta()).apply();
    Path source = Networks.save(net, path("mixed.zip"));
    Run run = Run.of("convert", source, "--to", "Adam8bit", "-o", path("all.zip"));
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(Run.of("inspect", "--json", path("all.zip")).out)
        .contains("\"Adam8bit\"")
        .doesNotContain("\"Adam\"", "\"AdaDelta\"");
  }

  @Test
  void convertedNetworksTrainOn() throws IOException {
    Path source = Networks.save(Networks.network(new Adam(1e-2), DataType.FLOAT), path("s.zip"));
    byte[] bytes = Files.readAllBytes(source);
    Run run = Run.of("convert", source, "--to", "Adam8bit", "-o", path("new.zip"));
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(run.out).contains("new.zip: state of ", " bytes, of ");
    assertThat(Files.readAllBytes(source)).isEqualTo(bytes);
    MultiLayerNetwork old = ModelSerializer.restoreMultiLayerNetwork(source.toFile(), true);
    MultiLayerNetwork net =
        ModelSerializer.restoreMultiLayerNetwork(path("new.zip").toFile(), true);
    assertThat(net.getIterationCount()).isEqualTo(4);
    Networks.train(old, DataType.FLOAT);
    Networks.train(net, DataType.FLOAT);
    assertThat(net.score())
        .isCloseTo(old.score(), org.assertj.core.data.Percentage.withPercentage(5));
  }

  @Test
  void graphsAndOtherOptions() throws IOException {
    Path source = Networks.save(Networks.graph(new Adam8bit(1e-2)), path("graph.zip"));
    Run run =
        Run.of(
            "convert", source, "--block-size", 64, "--quant-map", "DYNAMIC", "-o", path("b.zip"));
    assertThat(run.status).as(run.toString()).isZero();
    assertThat(Run.of("inspect", path("b.zip")).out).contains("DYNAMIC").contains(" 64 ");
    assertThat(Run.of("convert", source, "--to", "AdamW8bit", "-o", path("w.zip")).status).isZero();
    assertThat(Run.of("inspect", path("w.zip")).out).contains("AdamW8bit");
    Run dry = Run.of("convert", source, "--to", "Lion8bit", "--dry-run");
    assertThat(dry.out).contains("Lion8bit", "m ");
    assertThat(files()).containsExactly("b.zip", "graph.zip", "w.zip");
  }

  /** What inspect says of m, which 4 bits keep divided by the root of v, is of m itself. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE", "HALF"})
  void to4BitsAndBack(DataType type) throws IOException {
    for (LowBitConfig<?> updater :
        new LowBitConfig<?>[] {
          new Adam8bit(1e-3), new RMSprop8bit(1e-3).centered(true).momentum(0.9)
        }) {
      Path source = Networks.save(Networks.network(updater.dataType(type), type), path("8.zip"));
      Run run = Run.of("convert", source, "--bits", 4, "--force", "-o", path("4.zip"));
      assertThat(run.status).as(run.toString()).isZero();
      assertThat(Run.of("verify", path("4.zip")).status).isZero();
      Run inspected = Run.of("inspect", path("4.zip"));
      assertThat(inspected.out)
          .containsPattern(updater.getClass().getSimpleName() + " +4 +128 +POWER");
      run = Run.of("convert", path("4.zip"), "--bits", 32, "--force", "-o", path("32.zip"));
      assertThat(run.status).as(run.toString()).isZero();
      assertThat(rms(path("4.zip"))).isEqualTo(rms(path("32.zip"))).hasSizeGreaterThan(3);
    }
  }

  /** As the table has them, in three digits. */
  private static List<String> rms(Path file) {
    return Pattern.compile("\\b(m|v|s|a|b) [\\d.]+e[-+]\\d+")
        .matcher(Run.of("inspect", file).out)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toList());
  }

  @Test
  void nothingIsReplacedUnasked() throws IOException {
    Path source = Networks.save(Networks.graph(new Adam8bit(1e-2)), path("graph.zip"));
    byte[] bytes = Files.readAllBytes(source);
    Path there = Files.writeString(path("there.zip"), "mine");
    Run refused = Run.of("convert", source, "--bits", 32, "-o", there);
    assertThat(refused.status).isEqualTo(2);
    assertThat(refused.err).contains("there.zip exists already; --force replaces it.");
    assertThat(there).hasContent("mine");
    assertThat(Run.of("convert", source, "--bits", 32, "-o", source, "--force").err)
        .contains("which is never touched");
    assertThat(Files.readAllBytes(source)).isEqualTo(bytes);
    assertThat(Run.of("convert", source, "--bits", 32, "-o", there, "--force").status).isZero();
    assertThat(Run.of("verify", there).status).isZero();
  }

  @Test
  void mistakesAreToldInOneLine() throws IOException {
    Path source = Networks.save(Networks.graph(new AdaDelta()), path("graph.zip"));
    Path out = path("out.zip");
    Path noise = Files.writeString(path("noise"), "neither the one nor the other");
    expect("There is no updater Adam9; there are ", source, "--to", "Adam9", "-o", out);
    expect("Say what to change", source, "-o", out);
    expect("Name the new file", source, "--to", "Adam");
    expect("Adam is ND4J's, which has no --bits", source, "--to", "Adam", "--bits", 8, "-o", out);
    expect("optimBits", source, "--to", "Adam8bit", "--bits", 7, "-o", out);
    expect("optimBits", source, "--bits", 8, "-o", out); // ND4J's updater
    expect("There is no folder", source, "--to", "Adam", "-o", path("no").resolve("out.zip"));
    expect("neither a file of ModelSerializer", noise, "--to", "Adam", "-o", out);
    Archive damaged = Archive.read(Run.network("multilayer.zip"));
    damaged.state()[5000] ^= 1;
    Run run = Run.of("convert", damaged.write(path("d.zip")), "--to", "Adam", "-o", out);
    assertThat(run.status).isEqualTo(1);
    assertThat(run.err).contains("is damaged", "updater block 1", "Nothing was written");
    assertThat(out).doesNotExist();
  }

  private static void expect(String message, Object... args) {
    Object[] all = new Object[args.length + 1];
    all[0] = "convert";
    System.arraycopy(args, 0, all, 1, args.length);
    Run run = Run.of(all);
    assertThat(run.status).as(run.toString()).isEqualTo(2);
    assertThat(run.err).contains(message).hasLineCount(1);
  }

  @Test
  void aFullDiskLeavesNothingBehind() throws IOException {
    Path source = Files.writeString(path("source"), "s");
    Path target = path("target");
    OutputFile file = new OutputFile(source.toFile(), target.toFile(), false);
    assertThatThrownBy(
            () ->
                file.write(
                    out -> {
                      out.write(new byte[1 << 20]);
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("target was not written: the disk is full. Make room")
        .hasMessageContaining("source is unchanged");
    assertThat(files()).containsExactly("source");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(p -> p.getFileName().toString()).sorted().collect(Collectors.toList());
    }
  }

  /** Adam has none of it; whoever asks for AdamW does so for its sake. */
  @Test
  void weightDecayIsTheNewUpdatersUnlessTheOldOneHadSome() throws IOException {
    Path none = Networks.save(Networks.network(new Adam8bit(1e-2), DataType.FLOAT), path("n.zip"));
    assertThat(Run.of("convert", none, "--to", "AdamW8bit", "--dry-run").out)
        .contains("decoupled weight decay " + new AdamW8bit().getWeightDecay());
    MultiLayerNetwork net = Networks.network(new Adam8bit(1e-2), DataType.FLOAT);
    OptimManager.of(net).weightDecay(0.25).apply();
    Path some = Networks.save(net, path("s.zip"));
    assertThat(Run.of("convert", some, "--to", "AdamW8bit", "--dry-run").out)
        .contains("decoupled weight decay 0.25");
  }
}
