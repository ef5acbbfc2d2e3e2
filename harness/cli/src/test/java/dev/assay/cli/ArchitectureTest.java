package dev.assay.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The directions in which the packages may depend on each other. Each rule has a violation planted in this module's
/// test classes, in the package `planted` that it names, and must find it.
class ArchitectureTest {
    private static final String VECTORS = "jdk.incubator.vector..";
    private static final String JDK = "java..";
    private static final String ANNOTATIONS = "org.jspecify..";

    private static final JavaClasses SHIPPED = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.assay");
    private static final JavaClasses PLANTED = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
            .importPackages("dev.assay")
            .that(resideInAPackage("..planted.."));

    private static final Map<String, ArchRule> RULES = new TreeMap<>(Map.of(
            "operators use the JDK alone",
            classes()
                    .that()
                    .resideInAnyPackage(
                            "dev.assay.tensor..", "dev.assay.backend..", "dev.assay.numerics..", "dev.assay.operator..")
                    .should()
                    .onlyDependOnClassesThat(resideInAnyPackage(
                            JDK,
                            ANNOTATIONS,
                            VECTORS,
                            "dev.assay",
                            "dev.assay.tensor..",
                            "dev.assay.backend..",
                            "dev.assay.numerics..",
                            "dev.assay.operator..")),
            "tensors know nothing else",
            classes()
                    .that()
                    .resideInAPackage("dev.assay.tensor..")
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(JDK, ANNOTATIONS, VECTORS, "dev.assay", "dev.assay.tensor..")),
            "the plugin interface uses tensors and the JDK",
            classes()
                    .that()
                    .resideInAPackage("dev.assay.backend..")
                    .should()
                    .onlyDependOnClassesThat(resideInAnyPackage(
                            JDK, ANNOTATIONS, "dev.assay", "dev.assay.tensor..", "dev.assay.backend..")),
            "no baseline sees a reference",
            noClasses()
                    .that()
                    .resideInAPackage("dev.assay.baselines..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.assay.operator..")
                    .because("a backend that answers with the reference is always right"),
            "baselines are plugins",
            noClasses()
                    .that()
                    .resideInAPackage("dev.assay.baselines..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.assay.engine..",
                            "dev.assay.results..",
                            "dev.assay.worker..",
                            "dev.assay.tck..",
                            "dev.assay.cli.."),
            "nobody names a baseline",
            noClasses()
                    .that(not(resideInAPackage("dev.assay.baselines..")))
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.assay.baselines.."),
            "results know no operator and no backend",
            noClasses()
                    .that()
                    .resideInAPackage("dev.assay.results..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("dev.assay..")
                            .and(not(resideInAnyPackage("dev.assay", "dev.assay.results..")))),
            "workers know neither engine nor command line",
            noClasses()
                    .that()
                    .resideInAPackage("dev.assay.worker..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.assay.engine..", "dev.assay.results..", "dev.assay.tck..", "dev.assay.cli.."),
            "the engine knows neither contract tests nor command line",
            noClasses()
                    .that()
                    .resideInAPackage("dev.assay.engine..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.assay.tck..", "dev.assay.cli.."),
            "contract tests do not know the command line",
            noClasses()
                    .that()
                    .resideInAPackage("dev.assay.tck..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.assay.cli..")));

    static Set<String> rules() {
        return RULES.keySet();
    }

    private static ArchRule rule(String name) {
        return RULES.entrySet().stream()
                .filter(entry -> entry.getKey().equals(name))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void isKept(String name) {
        rule(name).check(SHIPPED);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void aPlantedViolationIsFound(String name) {
        assertTrue(rule(name).allowEmptyShould(false).evaluate(PLANTED).hasViolation(), name);
    }

    @Test
    void everyPackageOfTheProjectIsLookedAt() {
        Set<String> packages =
                SHIPPED.stream().map(type -> type.getPackageName()).collect(Collectors.toSet());
        for (String name : new String[] {
            "dev.assay.tensor",
            "dev.assay.backend",
            "dev.assay.numerics",
            "dev.assay.operator",
            "dev.assay.results",
            "dev.assay.worker",
            "dev.assay.engine.judge",
            "dev.assay.engine.run",
            "dev.assay.tck.rules",
            "dev.assay.cli",
            "dev.assay.baselines.cpu",
            "dev.assay.baselines.simulated"
        }) {
            assertTrue(packages.contains(name), name + " is not among " + packages);
        }
    }
}
