package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Deviations.Kind;
import dev.assay.backend.Support;
import dev.assay.baselines.simulated.faults.Faults;
import dev.assay.baselines.simulated.variations.Variations;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeviationsTest {
    private static final List<Exam> SAMPLE = Samples.selection();

    /// A chip that rounds its inputs to tf32 by its description cannot do so undeclared. One that cuts off a block of
    /// terms at a time may err, in sums of the sample's lengths, as much as one that cuts off each term.
    private static final Set<String> WITHIN_THE_CONTRACT =
            Set.of("silent-tf32 on tensor-core", "tf32x3-lost-term on tensor-core", "acc-truncating on tensor-core");

    /// What shows only when a call is made again: with fewer rows or sequences, or with other values of keys that are
    /// not in use. The oracle alone allows a NaN there to be multiplied by 0.
    private static final Set<String> BY_ANOTHER_RUN =
            Set.of("batch-dependent-order", "position-dependent-order", "batch-dependent-splits");

    /// Right ways that round the same sums in the same order as some other.
    private static final Set<String> SAME_BITS = Set.of("ascending-k", "finite-mask");

    private static List<Named<Deviation>> faults() {
        return named(ownKernels(Faults.ALL));
    }

    private static List<Named<Deviation>> variations() {
        return named(ownKernels(Variations.ALL));
    }

    /// Those that the samples here can show. What concerns the kernels of the library alone is judged by the judge.
    private static List<Deviation> ownKernels(List<Deviation> all) {
        return all.stream().filter(deviation -> !ownOf(deviation).isEmpty()).toList();
    }

    private static List<String> ownOf(Deviation deviation) {
        return Stream.of("matmul", "attention", "layer_normalization")
                .filter(deviation.operators()::contains)
                .toList();
    }

    private static List<Named<Deviation>> named(List<Deviation> deviations) {
        return deviations.stream()
                .map(deviation -> Named.of(deviation.id(), deviation))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultIsCaughtByItsLayerOnEveryChip(Deviation fault) {
        for (String chip : Chip.SHIPPED) {
            Set<String> layers = new TreeSet<>();
            try (Backend backend = Samples.open("chip", chip, "fault", fault.id())) {
                for (Exam exam : concerned(fault, backend)) {
                    exam.objection(backend).ifPresent(what -> layers.add(what.substring(0, what.indexOf(':'))));
                }
            }
            if (WITHIN_THE_CONTRACT.contains(fault.id() + " on " + chip) || BY_ANOTHER_RUN.contains(fault.id())) {
                assertEquals(Set.of(), layers, chip);
            } else {
                assertFalse(
                        Collections.disjoint(layers, fault.layers()),
                        chip + ": caught by " + layers + ", not " + fault.layers());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variations")
    void variationRaisesNoAlarmAndChangesBits(Deviation variation) {
        List<String> alarms = new ArrayList<>();
        Map<String, Integer> changed = new HashMap<>();
        for (String chip : Chip.SHIPPED) {
            try (Backend varied = Samples.open("chip", chip, "variation", variation.id());
                    Backend plain = Samples.open("chip", chip)) {
                for (Exam exam : concerned(variation, plain)) {
                    exam.objection(varied).ifPresent(what -> alarms.add(chip + " " + exam + " " + what));
                    boolean differs = !bits(exam.outputs(varied)).equals(bits(exam.outputs(plain)));
                    changed.merge(exam.call().operator(), differs ? 1 : 0, Integer::sum);
                }
            }
        }
        assertEquals("", String.join("\n", alarms));
        for (String operator : ownOf(variation)) {
            assertTrue(
                    SAME_BITS.contains(variation.id()) || changed.getOrDefault(operator, 0) > 0,
                    operator + " is the same as without");
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void faultChangesWhatItIsAbout(Deviation fault) {
        for (String operator : ownOf(fault)) {
            boolean changes = false;
            for (String chip : Chip.SHIPPED) {
                try (Backend wrong = Samples.open("chip", chip, "fault", fault.id());
                        Backend plain = Samples.open("chip", chip)) {
                    changes |= concerned(fault, plain).stream()
                            .filter(exam -> exam.call().operator().equals(operator))
                            .anyMatch(exam -> exam.differs(plain, wrong));
                }
            }
            assertTrue(changes, operator + " is the same as without");
        }
    }

    /// A slice of a call alone, or moved to another place, has the bits that it has among the others, unless a fault
    /// makes it depend on them.
    @ParameterizedTest
    @MethodSource("chips")
    void resultsDependOnTheBatchOnlyWhereAFaultMakesThem(String chip) {
        try (Backend plain = Samples.open("chip", chip);
                Backend order = Samples.open("chip", chip, "fault", "batch-dependent-order");
                Backend position = Samples.open("chip", chip, "fault", "position-dependent-order");
                Backend splits = Samples.open("chip", chip, "fault", "batch-dependent-splits")) {
            Exam all = Exam.matmul(DType.F32, 40, 300, 20, "normal");
            Exam first = Exam.matmul(DType.F32, 1, 300, 20, "normal").copying(all);
            assertEquals(List.of(), differing(all, first, plain));
            assertTrue(!differing(all, first, order).isEmpty());
            assertTrue(!differing(all, first, position).isEmpty());
            Exam sequences =
                    new Exam(Samples.attention(DType.F32, 3, 2, 1, 5, 64, 16).build(), "normal");
            Exam alone =
                    new Exam(Samples.attention(DType.F32, 1, 2, 1, 5, 64, 16).build(), "normal").copying(sequences);
            assertEquals(List.of(), differing(sequences, alone, plain));
            assertTrue(!differing(sequences, alone, splits).isEmpty());
        }
    }

    private static List<String> chips() {
        return Chip.SHIPPED;
    }

    /// The elements of the smaller call that differ from the first ones of the larger.
    private static List<Integer> differing(Exam larger, Exam smaller, Backend backend) {
        List<Long> among = bits(larger.outputs(backend)).getFirst();
        List<Long> alone = bits(smaller.outputs(backend)).getFirst();
        return IntStream.range(0, alone.size())
                .filter(i -> !alone.get(i).equals(among.get(i)))
                .boxed()
                .toList();
    }

    @Test
    void onlyVariationsChangeTheContract() {
        Set<String> changing = new TreeSet<>();
        for (Deviation deviation : all()) {
            for (Exam exam : SAMPLE) {
                Call call = exam.call();
                if (deviation.operators().contains(call.operator())
                        && !deviation.contract(call, ComputeContract.STRICT).equals(ComputeContract.STRICT)) {
                    assertEquals(Kind.VARIATION, deviation.kind(), deviation.id());
                    changing.add(deviation.id());
                }
            }
        }
        // Atomics take a promise back that the strict contract does not make.
        changing.add("declared-atomics");
        assertEquals(
                all().stream()
                        .map(Deviation::id)
                        .filter(id -> id.startsWith("declared-"))
                        .collect(Collectors.toCollection(TreeSet::new)),
                changing);
    }

    @Test
    void declaredAtomicsPromiseNoEqualBits() {
        Exam exam = Exam.matmul(DType.F32, 5, 333, 37, "normal");
        try (Backend plain = Samples.open();
                Backend atomics = Samples.open("variation", "declared-atomics")) {
            assertTrue(plain.contract(exam.call()).deterministic());
            assertTrue(!atomics.contract(exam.call()).deterministic());
            assertTrue(!bits(exam.outputs(atomics)).equals(bits(exam.outputs(atomics))));
        }
    }

    private static List<Deviation> all() {
        return Stream.concat(Faults.ALL.stream(), Variations.ALL.stream()).toList();
    }

    /// The kinds of wrong that the harness can name; written again, for a backend may not use the harness.
    private static final Set<String> DIAGNOSES = Set.of(
            "outside-writes",
            "inputs-changed",
            "unwritten",
            "reads-garbage",
            "terms-missing",
            "terms-repeated",
            "misplaced",
            "strides-ignored",
            "mask",
            "head-mapping",
            "scale",
            "offset",
            "epsilon",
            "variance-formula",
            "operand-ignored",
            "attribute",
            "other-operator",
            "sign",
            "off-by-one",
            "not-rescaled",
            "empty-row",
            "narrow-inputs",
            "narrow-accumulator",
            "narrow-partials",
            "narrow-intermediate",
            "orthogonality",
            "truncation",
            "double-rounding",
            "rough-function",
            "flushed-subnormals",
            "overflow",
            "special-values",
            "nondeterministic",
            "batch-dependent",
            "sporadic",
            "unknown");

    @Test
    void catalogueAndDiagnosesAreWellFormed() {
        Set<String> bugs = new TreeSet<>();
        Set<String> variations = new TreeSet<>();
        for (Deviation deviation : all()) {
            boolean fault = deviation.kind() == Kind.FAULT;
            String form = fault ? "|[GANM][0-9]{2}" : "|[1-9][0-9]?";
            assertTrue(deviation.catalogue().matches(form), deviation.id() + " is " + deviation.catalogue());
            (fault ? bugs : variations).add(deviation.catalogue());
            assertEquals(fault, !deviation.diagnoses().isEmpty(), deviation.id());
            assertTrue(deviation.diagnoses().size() <= 2, deviation.id());
            assertTrue(DIAGNOSES.containsAll(deviation.diagnoses()), deviation.id() + " " + deviation.diagnoses());
        }
        assertTrue(Faults.ALL.size() >= 48 && bugs.size() > 40, bugs.toString());
        assertTrue(Variations.ALL.size() >= 34 && variations.size() > 25, variations.toString());
    }

    private static List<Exam> concerned(Deviation deviation, Backend backend) {
        return SAMPLE.stream()
                .filter(exam -> deviation.operators().contains(exam.call().operator()))
                .filter(exam -> backend.supports(exam.call()) instanceof Support.Yes)
                .toList();
    }

    private static List<List<Long>> bits(Map<String, Tensor> outputs) {
        List<List<Long>> all = new ArrayList<>();
        for (Tensor output : outputs.values()) {
            List<Long> codes = new ArrayList<>();
            for (long i = 0; i < output.shape().elements(); i++) {
                codes.add(output.codeAt(i));
            }
            all.add(codes);
        }
        return all;
    }

    /// Were two of them the same, or one the same as none, it would prove nothing.
    @Test
    void noTwoVariationsOfAnOperatorGiveTheSameBits() {
        for (String operator : List.of("matmul", "attention", "layer_normalization")) {
            Map<List<List<List<Long>>>, String> seen = new HashMap<>();
            List<String> ids = new ArrayList<>(List.of(""));
            Variations.ALL.stream()
                    .filter(variation -> variation.operators().contains(operator))
                    .filter(variation -> !SAME_BITS.contains(variation.id()))
                    .forEach(variation -> ids.add(variation.id()));
            for (String id : ids) {
                try (Backend backend = Samples.open("chip", "tile-npu", "variation", id)) {
                    List<List<List<Long>>> results = SAMPLE.stream()
                            .filter(exam -> exam.call().operator().equals(operator))
                            .map(exam -> bits(exam.outputs(backend)))
                            .toList();
                    assertEquals(Optional.empty(), Optional.ofNullable(seen.put(results, id)), id);
                }
            }
        }
    }

    @Test
    void listsHoldEveryClassOfTheirPackages() throws IOException, URISyntaxException {
        assertEquals(classesBeside(Faults.class), names(Faults.ALL));
        assertEquals(classesBeside(Variations.class), names(Variations.ALL));
    }

    private static Set<String> names(List<Deviation> deviations) {
        return deviations.stream()
                .map(deviation -> deviation.getClass().getSimpleName())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> classesBeside(Class<?> list) throws IOException, URISyntaxException {
        Path classes =
                Path.of(list.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files =
                Files.list(classes.resolve(list.getPackageName().replace('.', '/')))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".class") && !file.contains("$") && !file.contains("package-info"))
                    .map(file -> file.substring(0, file.length() - ".class".length()))
                    .filter(name -> !name.equals(list.getSimpleName()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void everyDeviationIsDescribed() {
        Set<String> ids = new HashSet<>();
        Set<String> descriptions = new HashSet<>();
        for (Deviation deviation : all()) {
            String id = deviation.id();
            assertTrue(ids.add(id), "two are called " + id);
            assertTrue(id.matches("[a-z][a-z0-9]*(-[a-z0-9]+)*"), id);
            assertEquals(
                    deviation.getClass().getSimpleName().toLowerCase(Locale.ROOT), id.replace("-", ""), "its class");
            assertTrue(descriptions.add(deviation.what()), "two do the same as " + id);
            assertTrue(!deviation.what().isBlank() && deviation.what().lines().count() == 1, id);
            assertTrue(deviation.what().length() < 100 && !deviation.what().endsWith("."), id);
            assertTrue(!deviation.operators().isEmpty(), id);
            boolean fault = deviation.kind() == Kind.FAULT;
            assertEquals(
                    !fault, Collections.disjoint(Exam.LAYERS, deviation.layers()), id + " has " + deviation.layers());
            assertEquals(fault, Faults.ALL.contains(deviation), id);
            assertTrue(fault || deviation.layers().isEmpty(), id);
        }
        assertEquals(all().stream().map(Deviation::described).toList(), new SimulatedBackendProvider().deviations());
    }
}
