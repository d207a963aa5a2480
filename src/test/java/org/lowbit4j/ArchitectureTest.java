package org.lowbit4j;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.lowbit4j.updater.LowBitConfig;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Which package may use which, see the map in CONTRIBUTING.md. */
class ArchitectureTest {

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.lowbit4j");

  /** Methods of arrays whose dimensions are int in 1.0.0-M2.1, and long in the next release. */
  private static final Set<String> WITH_DIMENSIONS =
      Set.of(
          "amax",
          "amean",
          "amin",
          "argMax",
          "asum",
          "cumsum",
          "cumsumi",
          "entropy",
          "logEntropy",
          "max",
          "mean",
          "min",
          "norm1",
          "norm2",
          "normmax",
          "permute",
          "permutei",
          "prod",
          "shannonEntropy",
          "std",
          "sum",
          "tensorAlongDimension",
          "tensorsAlongDimension",
          "var");

  /** Public, instantiable configurations. */
  static List<Class<?>> publicConfigurations() {
    return MAIN.stream()
        .filter(
            c ->
                c.isAssignableTo(LowBitConfig.class)
                    && !c.getModifiers().contains(JavaModifier.ABSTRACT))
        .map(JavaClass::reflect)
        .collect(Collectors.toList());
  }

  /** From the top down: a package uses those below it only, and {@code check} serves all. */
  @Test
  void packagesUseThoseBelowOnly() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("dl4j layers")
        .definedBy("org.lowbit4j.layers")
        .layer("root")
        .definedBy("org.lowbit4j")
        .layer("plan")
        .definedBy("org.lowbit4j.plan")
        .layer("convert")
        .definedBy("org.lowbit4j.convert")
        .layer("paging")
        .definedBy("org.lowbit4j.paging")
        .layer("updater")
        .definedBy("org.lowbit4j.updater")
        .layer("regularization")
        .definedBy("org.lowbit4j.regularization")
        .layer("cuda")
        .definedBy("org.lowbit4j.cuda")
        .layer("kernel")
        .definedBy("org.lowbit4j.kernel")
        .layer("dl4j")
        .definedBy("org.lowbit4j.dl4j")
        .layer("state")
        .definedBy("org.lowbit4j.state")
        .layer("codec")
        .definedBy("org.lowbit4j.codec")
        .layer("memory")
        .definedBy("org.lowbit4j.memory")
        .layer("rule")
        .definedBy("org.lowbit4j.rule")
        .whereLayer("dl4j layers")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("root")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("plan")
        .mayOnlyBeAccessedByLayers("root")
        .whereLayer("convert")
        .mayOnlyBeAccessedByLayers("root")
        .whereLayer("paging")
        .mayOnlyBeAccessedByLayers("root")
        .whereLayer("updater")
        .mayOnlyBeAccessedByLayers("dl4j layers", "root", "plan", "convert", "paging")
        .whereLayer("regularization")
        .mayOnlyBeAccessedByLayers("root", "plan", "convert", "updater")
        .whereLayer("cuda")
        .mayOnlyBeAccessedByLayers("root", "convert", "paging", "updater", "regularization")
        .whereLayer("kernel")
        .mayOnlyBeAccessedByLayers("root", "convert", "updater", "cuda", "regularization")
        .whereLayer("dl4j")
        .mayOnlyBeAccessedByLayers("root", "plan", "convert", "paging")
        .whereLayer("state")
        .mayOnlyBeAccessedByLayers("updater", "cuda", "kernel")
        .whereLayer("codec")
        .mayOnlyBeAccessedByLayers("root", "plan", "updater", "cuda", "kernel")
        .whereLayer("memory")
        .mayOnlyBeAccessedByLayers(
            "root", "convert", "updater", "cuda", "kernel", "paging", "state", "regularization")
        .whereLayer("rule")
        .mayOnlyBeAccessedByLayers("root", "convert", "updater", "cuda", "kernel", "state", "codec")
        .check(MAIN);
  }

  @Test
  void noPackagesUseEachOther() {
    slices().matching("org.lowbit4j.(*)..").should().beFreeOfCycles().check(MAIN);
  }

  /** What a user names, and nothing else. */
  @Test
  void theRootHoldsWhatUsersName() {
    classes()
        .that()
        .resideInAPackage("org.lowbit4j")
        .and()
        .areTopLevelClasses()
        .and()
        .doNotHaveSimpleName("package-info") // a class where compiled with its comments
        .should()
        .bePublic()
        .andShould()
        .haveNameMatching(
            ".*8bit(Updater)?|.*\\.(OptimManager|LearningRates|PagedState|PagedStorage|QuantizedArray|StateAverage|OptimizerState(Listener|Report))")
        .check(MAIN);
  }

  @Test
  void rulesAndCodecsAreArithmeticOnly() {
    noClasses()
        .that()
        .resideInAnyPackage("org.lowbit4j.rule", "org.lowbit4j.codec")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.nd4j..", "org.bytedeco..", "org.deeplearning4j..")
        .check(MAIN);
  }

  @Test
  void theLibraryNeedsNoBackend() {
    noClasses()
        .that()
        .resideInAPackage("org.lowbit4j..")
        .and()
        .doNotHaveFullyQualifiedName("org.lowbit4j.cuda.Nd4jCuda")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.nd4j.linalg.cpu..",
            "org.nd4j.nativeblas..",
            "org.nd4j.linalg.jcublas..",
            "org.nd4j.jita..")
        .check(MAIN);
  }

  /** DL4J is an optional dependency: SameDiff users do without all but these. */
  @Test
  void onlyTheConfigurationOfNetworksNeedsDl4j() {
    noClasses()
        .that()
        .resideInAPackage("org.lowbit4j..")
        .and()
        .resideOutsideOfPackages(
            "org.lowbit4j.layers",
            "org.lowbit4j.dl4j",
            "org.lowbit4j.plan",
            "org.lowbit4j.convert",
            "org.lowbit4j.parallel",
            "org.lowbit4j.paging")
        .and()
        .doNotBelongToAnyOf(
            OptimManager.class,
            LearningRates.class,
            PagedState.class,
            StateAverage.class,
            OptimizerStateListener.class,
            OptimizerStateReport.class)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.deeplearning4j..", "org.lowbit4j.dl4j")
        .check(MAIN);
  }

  @Test
  void whatFindsLayersKnowsNothingOf8Bits() {
    noClasses()
        .that()
        .resideInAPackage("org.lowbit4j.dl4j")
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.lowbit4j..").and(resideOutsideOfPackage("org.lowbit4j.dl4j")))
        .check(MAIN);
  }

  /**
   * What Deeplearning4j's next release has under another signature or name, or no longer: a library
   * compiled with it would not run there.
   */
  @Test
  void whatTheNextDl4jDropsIsNotUsed() {
    noClasses()
        .should()
        .callMethodWhere(
            describe(
                "reduces or permutes by dimensions of type int",
                call ->
                    call.getTargetOwner().isAssignableTo(INDArray.class)
                        && WITH_DIMENSIONS.contains(call.getName())
                        && call.getTarget().getRawParameterTypes().stream()
                            .anyMatch(type -> type.isEquivalentTo(int[].class))))
        .orShould()
        .callMethodWhere(describe("updates rows", call -> call.getName().equals("scatterUpdate")))
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching(
            "org\\.deeplearning4j\\.nn\\.(conf\\.inputs\\.InputType\\$InputType.*|updater\\.UpdaterBlock\\$ParamState)")
        .check(MAIN);
  }
}
