package dev.assay.engine.selftest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.engine.selftest.Grid.Cell;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GridTest {
    private static final String CASE = """
            {"operator": "matmul", "inputs": {"A": ["m", "k"], "B": ["k", "n"]}, "points": [{"m": 2, "n": 3, "k": 4}],
            "dtypes": ["f32", "bf16"], "fills": ["normal"], "why": "w"}""";
    private static final String GRID = """
            {"name": "g", "description": "d", "seed": 1, "groups": [{"tags": ["t"], "use": ["mutants"], "cases": [%s]}],
            "needs": [{"faults": ["f"], "tags": ["t", "u"], "dtypes": ["f32"], "why": "w"},
            {"faults": ["h"], "tags": ["u"], "why": "w"}, {"faults": ["i"], "operators": ["attention"],
            "tags": ["u"], "why": "w"}]}""".formatted(CASE);

    @Test
    void aFaultIsPlantedWhereItCanShow() {
        List<Cell> cells = Grid.parse(GRID, "g.json").cells();
        Grid grid = Grid.parse(GRID, "g.json");
        assertEquals(List.of("f32", "bf16"), cells.stream().map(Cell::dtype).toList());
        assertTrue(grid.allows("f", "c", cells.get(0)));
        assertFalse(grid.allows("f", "c", cells.get(1)), "another dtype");
        assertFalse(grid.allows("h", "c", cells.get(0)), "without the tag");
        assertTrue(grid.allows("i", "c", cells.get(0)), "what it needs elsewhere");
        assertTrue(grid.allows("of which nothing is said", "c", cells.get(1)));
    }

    @Test
    void aNeedMayBeAnOperandOrAnAttribute() {
        String gemm =
                CASE.replace("matmul", "gemm").replace("\"points\"", "\"attributes\": {\"transA\": 0}, \"points\"");
        String grid = GRID.replace(CASE, gemm);
        for (String need :
                List.of("operands\": [\"C\", \"Y\"]", "attributes\": [\"beta!=0\"]", "attributes\": [\"transA=0\"]")) {
            Grid with = Grid.parse(grid.replace("tags\": [\"t\", \"u\"]", need), "g.json");
            assertTrue(with.allows("f", "c", with.cells().getFirst()), need);
        }
        for (String need : List.of(
                "operands\": [\"C\"]", "attributes\": [\"beta!=1\"]", "attributes\": [\"transA=1\", \"gamma!=1\"]")) {
            Grid with = Grid.parse(grid.replace("tags\": [\"t\", \"u\"]", need), "g.json");
            assertFalse(with.allows("f", "c", with.cells().getFirst()), need);
        }
    }

    /// A product of 2x4 by 4x3 takes 48 flops, and its tensors 104 bytes in f32, 52 in bf16.
    @ParameterizedTest
    @CsvSource({"99,0", "100,1", "152,2"})
    void aGroupMayLeaveOutWhatTakesLong(String most, int cases) {
        String grid = GRID.replace("\"use\"", "\"most_work\": " + most + ", \"use\"");
        assertEquals(cases, Grid.parse(grid, "g.json").cells().size());
    }

    @Test
    void aGroupMayBeThereForSomeFaultsOnly() {
        Grid grid = Grid.parse(GRID.replace("\"use\"", "\"faults\": [\"f\"], \"use\""), "g.json");
        assertTrue(grid.allows("f", "c", grid.cells().getFirst()));
        assertFalse(grid.allows("i", "c", grid.cells().getFirst()));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"use\": [\"mutants\"],','',use is missing",
        "mutants,mutant,use is [mutant]",
        "\"seed\": 1,'\"seed\": 1, \"sead\": 2',sead",
        "bf16,bf61,bf61",
        "'\"faults\": [\"f\"],','',faults is missing",
        "bf16,f32,two cases",
        "'\"tags\": [\"t\", \"u\"]','\"attributes\": [\"beta\"]',attribute 'beta'",
    })
    void aMalformedGridIsRefused(String from, String to, String word) {
        String malformed = GRID.replace(from, to == null ? "" : to);
        assertFalse(malformed.equals(GRID), from);
        HarnessException refused = assertThrows(HarnessException.class, () -> Grid.parse(malformed, "g.json"));
        assertTrue(refused.getMessage().contains(word), refused.getMessage());
        assertTrue(refused.getMessage().contains("g.json"), refused.getMessage());
    }

    @Test
    void theStandardGridMeetsEveryOperatorWithTensorsThatSayMuch() {
        Grid grid = Grid.load(Optional.empty());
        for (Operator operator : Operators.all()) {
            List<Cell> cells = grid.cells().stream()
                    .filter(cell -> cell.forMutants() && cell.operator().equals(operator.name()))
                    .toList();
            assertFalse(cells.isEmpty(), operator.name() + " is never met by a fault");
            assertTrue(
                    grid.cells().stream()
                            .anyMatch(cell ->
                                    cell.forVariations() && cell.operator().equals(operator.name())),
                    operator.name());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"matmul", "attention", "layer_normalization"})
    void whatTheFiguresStandOnIsMetInEveryTypeAndManyShapes(String operator) {
        List<Cell> cells = Grid.load(Optional.empty()).cells().stream()
                .filter(cell -> cell.forMutants() && cell.operator().equals(operator))
                .filter(cell -> !cell.tags().contains("families"))
                .toList();
        for (Cell cell : cells) {
            long elements = cell.one()
                    .call()
                    .orElseThrow()
                    .outputs()
                    .getFirst()
                    .spec()
                    .orElseThrow()
                    .shape()
                    .elements();
            assertTrue(elements >= 4096, () -> cell.id() + " has " + elements + " elements");
        }
        assertEquals(
                Set.of("f32", "f16", "bf16"), cells.stream().map(Cell::dtype).collect(Collectors.toSet()));
        assertTrue(
                cells.stream().map(cell -> cell.one().id().shapes()).distinct().count() >= 5);
    }

    @Test
    void everyTagThatIsNeededIsThere() {
        Grid grid = Grid.load(Optional.empty());
        Set<String> tags =
                grid.cells().stream().flatMap(cell -> cell.tags().stream()).collect(Collectors.toSet());
        grid.needs().forEach(need -> {
            if (need.tags() != null) {
                assertTrue(tags.containsAll(need.tags()), () -> "needs of " + need.faults());
            }
        });
    }
}
