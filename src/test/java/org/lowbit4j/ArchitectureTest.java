package org.lowbit4j;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Dependencies between packages go one way. */
class ArchitectureTest {

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.lowbit4j");

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

  @Test
  void layersDependDownwardsOnly() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("dl4j layers")
        .definedBy("org.lowbit4j.layers")
        .layer("updaters")
        .definedBy("org.lowbit4j")
        .layer("cuda")
        .definedBy("org.lowbit4j.cuda")
        .layer("kernel")
        .definedBy("org.lowbit4j.kernel")
        .layer("paging")
        .definedBy("org.lowbit4j.paging")
        .layer("state")
        .definedBy("org.lowbit4j.state")
        .layer("codec")
        .definedBy("org.lowbit4j.codec")
        .layer("memory")
        .definedBy("org.lowbit4j.memory")
        .layer("rule")
        .definedBy("org.lowbit4j.rule")
        .layer("regularization")
        .definedBy("org.lowbit4j.regularization")
        .whereLayer("dl4j layers")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("updaters")
        .mayOnlyBeAccessedByLayers("dl4j layers")
        .whereLayer("cuda")
        .mayOnlyBeAccessedByLayers("updaters", "regularization")
        .whereLayer("kernel")
        .mayOnlyBeAccessedByLayers("updaters", "cuda", "regularization")
        .whereLayer("paging")
        .mayOnlyBeAccessedByLayers("updaters")
        .whereLayer("state")
        .mayOnlyBeAccessedByLayers("updaters", "cuda", "kernel")
        .whereLayer("codec")
        .mayOnlyBeAccessedByLayers("updaters", "cuda", "kernel")
        .whereLayer("regularization")
        .mayOnlyBeAccessedByLayers("updaters")
        .whereLayer("memory")
        .mayOnlyBeAccessedByLayers(
            "updaters", "cuda", "kernel", "paging", "state", "regularization")
        .whereLayer("rule")
        .mayOnlyBeAccessedByLayers("updaters", "cuda", "kernel", "codec")
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
        .resideOutsideOfPackages("org.lowbit4j.layers", "org.lowbit4j.dl4j")
        .and()
        .doNotBelongToAnyOf(
            OptimManager.class,
            UpdaterPlan.class,
            PlanTable.class,
            LearningRates.class,
            BlockRates.class,
            PagedState.class)
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
}
