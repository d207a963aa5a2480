package org.lowbit4j.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The numbers by which classes and libraries of the same build know each other. */
class NativeAbiTest {

  /** What Java and C++ have agreed upon, in words. */
  private static String contract(Class<?> binding) throws ReflectiveOperationException {
    List<String> lines = new ArrayList<>();
    Stream.concat(Stream.of(binding), Arrays.stream(binding.getDeclaredClasses()))
        .flatMap(c -> Arrays.stream(c.getDeclaredMethods()))
        .filter(method -> Modifier.isNative(method.getModifiers()))
        .map(Method::toString)
        .sorted()
        .forEach(lines::add);
    if (binding.getSimpleName().equals("NativeOps")) {
      // Passed by their numbers.
      Class<?> sets = Class.forName("org.lowbit4j.kernel.InstructionSet");
      lines.add(Arrays.toString(sets.getEnumConstants()));
    }
    return String.join("\n", lines);
  }

  @ParameterizedTest
  @CsvSource({
    "org.lowbit4j.kernel.NativeOps, binding.h, abi",
    "org.lowbit4j.paging.NativePages, pages.h, pagesAbi"
  })
  void theNumberChangesWithTheMethods(String name, String header, String function)
      throws Exception {
    Class<?> binding = Class.forName(name);
    int expected = contract(binding).hashCode();
    Field abi = binding.getDeclaredField("ABI");
    abi.setAccessible(true);
    assertThat(abi.getInt(null))
        .as("Write ABI = 0x%x into %s, and into %s", expected, name, header)
        .isEqualTo(expected);
    assertThat(Files.readString(Path.of("nd4j-ops/src/main/cpp/lowbit4j", header)))
        .as("Write 0x%x into %s", expected, header)
        .contains(String.format("%s() { return (int)0x%x; }", function, expected));
  }
}
