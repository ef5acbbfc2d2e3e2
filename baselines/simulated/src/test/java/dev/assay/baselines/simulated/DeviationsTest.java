package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.Deviations.Kind;
import dev.assay.backend.Support;
import dev.assay.baselines.simulated.faults.Faults;
import dev.assay.baselines.simulated.variations.Variations;
import dev.assay.tensor.Tensor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeviationsTest {
    private static final List<Exam> SAMPLE = Samples.selection();

    /// A chip that rounds its inputs to tf32 by its description cannot do so undeclared.
    private static final Set<String> WITHIN_THE_CONTRACT = Set.of("silent-tf32 on tensor-core");

    private static List<Named<Deviation>> faults() {
        return named(Faults.ALL);
    }

    private static List<Named<Deviation>> variations() {
        return named(Variations.ALL);
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
            if (WITHIN_THE_CONTRACT.contains(fault.id() + " on " + chip)) {
                assertEquals(Set.of(), layers, chip);
            } else {
                assertTrue(layers.contains(fault.layer()), chip + ": caught by " + layers + ", not " + fault.layer());
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
        for (String operator : variation.operators()) {
            assertTrue(changed.getOrDefault(operator, 0) > 0, operator + " is the same as without");
        }
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
        List<Deviation> all =
                Stream.concat(Faults.ALL.stream(), Variations.ALL.stream()).toList();
        for (Deviation deviation : all) {
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
            assertEquals(fault, Exam.LAYERS.contains(deviation.layer()), id + " has layer " + deviation.layer());
            assertEquals(fault, Faults.ALL.contains(deviation), id);
            assertTrue(fault || deviation.layer().isEmpty(), id);
        }
        assertEquals(all.stream().map(Deviation::described).toList(), new SimulatedBackendProvider().deviations());
    }
}
