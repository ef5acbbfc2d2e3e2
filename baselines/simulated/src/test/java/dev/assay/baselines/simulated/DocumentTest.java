package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.simulated.faults.Faults;
import dev.assay.baselines.simulated.variations.Variations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The tables of docs/simulated.md name what there is, and nothing else.
class DocumentTest {
    /// More operators than these are counted, not listed.
    private static final int MANY = 6;

    private static String text = "";

    @BeforeAll
    static void read() throws IOException {
        text = Files.readString(Path.of("../../docs/simulated.md"), StandardCharsets.UTF_8);
    }

    /// Cells of the rows of the table that starts with this heading.
    private static List<List<String>> table(String heading) {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : text.lines().toList()) {
            if (line.equals(heading)) {
                inside = true;
            } else if (inside && !line.startsWith("|")) {
                break;
            } else if (inside && !line.startsWith("|--")) {
                rows.add(List.of(line.substring(2, line.length() - 2).split(" \\| ", -1)));
            }
        }
        assertTrue(!rows.isEmpty(), "no table " + heading);
        return rows;
    }

    private static String operators(Deviation deviation) {
        List<String> operators = deviation.operators();
        if (operators.containsAll(KernelLibrary.operators())) {
            return operators.contains("matmul") ? "all" : "all on vector units";
        }
        if (operators.equals(List.of("matmul", "attention", "layer_normalization"))) {
            return "the first three";
        }
        return operators.size() > MANY ? operators.size() + " operators" : String.join(", ", operators);
    }

    @Test
    void faultsStandThereWithOperatorsAndLayer() {
        List<List<String>> rows = table("| name | operators | what breaks | layers | shows when |");
        assertEquals(
                Faults.ALL.stream()
                        .map(fault ->
                                List.of("`" + fault.id() + "`", operators(fault), String.join(", ", fault.layers())))
                        .toList(),
                rows.stream()
                        .map(row -> List.of(row.get(0), row.get(1), row.get(3)))
                        .toList());
    }

    @Test
    void variationsStandThereWithTheirReason() {
        List<List<String>> rows = table("| name | operators | what differs | why it is legitimate |");
        assertEquals(
                Variations.ALL.stream()
                        .map(variation -> List.of("`" + variation.id() + "`", operators(variation)))
                        .toList(),
                rows.stream().map(row -> row.subList(0, 2)).toList());
        rows.forEach(row -> assertTrue(row.get(3).length() > 10, row.toString()));
    }

    @Test
    void fieldsOfDescriptorsAreExplained() throws JsonProcessingException {
        List<String> named = table("| field | value | meaning |").stream()
                .map(List::getFirst)
                .toList();
        for (String chip : Chip.SHIPPED) {
            Set<String> fields = new TreeSet<>();
            collect(new ObjectMapper().readTree(ChipTest.shipped(chip)), "", fields);
            assertEquals(fields, new TreeSet<>(named), chip);
        }
        assertEquals(named.size(), new TreeSet<>(named).size());
    }

    private static void collect(JsonNode object, String prefix, Set<String> into) {
        object.properties().forEach(field -> {
            into.add("`" + prefix + field.getKey() + "`");
            // The keys of peak_flops are dtypes.
            if (field.getValue().isObject() && !field.getKey().equals("peak_flops")) {
                collect(field.getValue(), prefix + field.getKey() + ".", into);
            }
        });
    }

    @Test
    void chipsAreListed() {
        assertEquals(
                Chip.SHIPPED.stream().map(chip -> "`" + chip + "`").toList(),
                table("| chip | what is special about it |").stream()
                        .map(List::getFirst)
                        .toList());
    }

    @Test
    void waysToSumAreThose() {
        List<String> names = table("| name | order and rounding |").stream()
                .flatMap(row -> java.util.Arrays.stream(row.getFirst().split(", ", -1)))
                .map(name -> name.replace("`", "")
                        .replace("N", "8")
                        .replace("F", "24")
                        .replace("B", "16"))
                .toList();
        assertEquals(List.of("chained", "sequential", "pairwise", "lanes-8", "aligned-24-16"), names);
        names.forEach(name -> Summations.named(name, "docs/simulated.md"));
    }
}
