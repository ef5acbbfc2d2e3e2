package dev.assay.engine.selftest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.selftest.GridFile.Equivalent;
import dev.assay.engine.selftest.GridFile.Group;
import dev.assay.engine.selftest.GridFile.Need;
import dev.assay.results.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The cases on which the judge is judged.
///
/// @param name stands in every row
/// @param source the file it came from
/// @param sha256 over the file
/// @param seed of the inputs
/// @param cells all cases, in the file's order
/// @param needs what has to be there for a fault to show
/// @param equivalents mutants that were looked into and are within the contract
public record Grid(
        String name,
        String source,
        String sha256,
        long seed,
        List<Cell> cells,
        List<Need> needs,
        List<Equivalent> equivalents) {
    /// The grid that comes with Assay.
    public static final String STANDARD = "selftest.json";

    private static final String FIX =
            "write it as docs/selftest.md says; unknown, missing and repeated fields are errors";
    private static final long FEWEST_ELEMENTS = 4096;
    private static final Set<String> USES = Set.of("mutants", "variations");
    private static final ObjectMapper MAPPER =
            Json.STRICT.copy().disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    public Grid {
        cells = List.copyOf(cells);
        needs = List.copyOf(needs);
        equivalents = List.copyOf(equivalents);
    }

    /// A case.
    ///
    /// @param tags what is special about it
    /// @param faults the only ones that are planted in it; empty for all
    /// @param forMutants whether faults are planted in it
    /// @param forVariations whether it is met when only right kernels are judged
    public record Cell(Case one, Set<String> tags, Set<String> faults, boolean forMutants, boolean forVariations) {
        String id() {
            return one.id().toString();
        }

        String operator() {
            return one.id().operator();
        }

        /// Of the first input.
        String dtype() {
            return one.call()
                    .orElseThrow()
                    .inputs()
                    .getFirst()
                    .spec()
                    .map(spec -> spec.dtype().label())
                    .orElse("");
        }

        /// Whether its call has an operand.
        boolean has(String operand) {
            Call call = one.call().orElseThrow();
            return call.hasInput(operand) || call.hasOutput(operand);
        }

        /// Whether its call has an attribute of this value (`name=value`), or of another (`name!=value`).
        boolean says(String attribute) {
            int sign = attribute.indexOf('=');
            boolean other = sign > 0 && attribute.charAt(sign - 1) == '!';
            String name = attribute.substring(0, other ? sign - 1 : Math.max(0, sign));
            String value = attribute.substring(sign + 1);
            return one.call()
                    .orElseThrow()
                    .attributes()
                    .find(name)
                    .map(given -> given.toString().equals(value) != other)
                    .orElse(false);
        }

        /// Name of the recipe, without parameters.
        String recipe() {
            String fill = one.spec().fill();
            int bracket = fill == null ? -1 : fill.indexOf('(');
            return fill == null ? "" : bracket < 0 ? fill : fill.substring(0, bracket);
        }
    }

    /// The grid that comes with Assay, or one in a file. Throws [HarnessException] with file and field for anything
    /// that is wrong.
    public static Grid load(Optional<Path> file) {
        try {
            if (file.isPresent()) {
                return parse(
                        Files.readString(file.get(), StandardCharsets.UTF_8),
                        file.get().toString());
            }
        } catch (IOException e) {
            throw new HarnessException(
                    "the grid cannot be read: " + e, file.get().toString(), "give a readable file", e);
        }
        try (InputStream in = Grid.class.getResourceAsStream(STANDARD)) {
            if (in == null) {
                throw new IllegalStateException(STANDARD + " is missing from the class path");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), STANDARD);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Grid parse(String text, String source) {
        GridFile file;
        try {
            file = MAPPER.readValue(text, GridFile.class);
        } catch (JsonProcessingException e) {
            String line =
                    e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            String first = e.getOriginalMessage().lines().findFirst().orElse("malformed");
            throw new HarnessException(first, source + line, FIX, e);
        }
        required(file, "the grid", source);
        required(file.name(), "name", source);
        List<Cell> cells = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        int number = 0;
        for (Group group : required(file.groups(), "groups", source)) {
            String where = source + ", group " + ++number;
            for (Cell cell : cells(file, required(group, "the group", where), where)) {
                if (!ids.add(cell.id())) {
                    throw new HarnessException("two cases are called '" + cell.id() + "'", where, "remove one");
                }
                cells.add(cell);
            }
        }
        List<Need> needs = file.needs() == null ? List.of() : file.needs();
        for (Need need : needs) {
            required(need.faults(), "faults", source + ", needs");
            required(need.why(), "why", source + ", needs of " + need.faults());
            for (String attribute : need.attributes() == null ? List.<String>of() : need.attributes()) {
                if (attribute.indexOf('=') < 1) {
                    throw new HarnessException(
                            "attribute '" + attribute + "'",
                            source + ", needs of " + need.faults(),
                            "write name=value");
                }
            }
        }
        List<Equivalent> equivalents = file.equivalents() == null ? List.of() : file.equivalents();
        for (Equivalent equivalent : equivalents) {
            required(equivalent.fault(), "fault", source + ", equivalents");
            required(equivalent.why(), "why", source + ", equivalent " + equivalent.fault());
        }
        return new Grid(file.name(), source, Json.sha256(text), file.seed(), cells, needs, equivalents);
    }

    private static List<Cell> cells(GridFile file, Group group, String where) {
        List<String> use = required(group.use(), "use", where);
        if (use.isEmpty() || !USES.containsAll(use)) {
            throw new HarnessException("use is " + use, where, "name one or both of mutants and variations");
        }
        ObjectNode suite = MAPPER.createObjectNode();
        suite.put("name", file.name());
        suite.put("description", "one group");
        ArrayNode templates = suite.putArray("cases");
        if (group.cases() == null && group.suites() == null) {
            throw new HarnessException("neither cases nor suites", where, FIX);
        }
        Set<String> tags = group.tags() == null ? Set.of() : Set.copyOf(group.tags());
        Set<String> faults = group.faults() == null ? Set.of() : Set.copyOf(group.faults());
        List<Case> all = new ArrayList<>();
        if (group.cases() != null) {
            group.cases().forEach(templates::add);
            all.addAll(Suite.parse(suite.toString(), where, OptionalLong.of(file.seed()))
                    .cases());
        }
        for (String name : group.suites() == null ? List.<String>of() : group.suites()) {
            Suites.load(name, OptionalLong.of(file.seed())).cases().stream()
                    .filter(Grid::hasElements)
                    .forEach(all::add);
        }
        Double most = group.mostWork();
        if (most != null) {
            all.removeIf(one -> one.work() > most);
        }
        boolean chosen = group.suites() == null;
        return all.stream()
                .map(one -> new Cell(
                        one,
                        tags,
                        faults,
                        use.contains("mutants") && (chosen || saysMuch(one, all)),
                        use.contains("variations")))
                .toList();
    }

    /// Whether some tensor of it is as large as those that the figures are about, or the largest of its operator.
    private static boolean saysMuch(Case one, List<Case> all) {
        long size = size(one);
        return size >= FEWEST_ELEMENTS
                || all.stream()
                        .filter(other -> other.id().operator().equals(one.id().operator()))
                        .allMatch(other -> size(other) <= size);
    }

    private static long size(Case one) {
        Call call = one.call().orElseThrow();
        return Stream.concat(call.inputs().stream(), call.outputs().stream())
                .flatMap(operand -> operand.spec().stream())
                .mapToLong(spec -> spec.shape().elements())
                .max()
                .orElse(0);
    }

    /// A case of no elements tells nothing: whatever a kernel does, it is right.
    private static boolean hasElements(Case one) {
        return one.call().orElseThrow().outputs().stream()
                .flatMap(output -> output.spec().stream())
                .anyMatch(spec -> !spec.shape().isEmpty());
    }

    private static <T> T required(@Nullable T value, String field, String where) {
        if (value == null) {
            throw new HarnessException(field + " is missing", where, FIX);
        }
        return value;
    }

    /// Whether a fault can show in a case on a device.
    boolean allows(String fault, String chip, Cell cell) {
        if (!cell.faults().isEmpty() && !cell.faults().contains(fault)) {
            return false;
        }
        return needs.stream()
                .filter(need -> need.faults().contains(fault) && isOneOf(need.operators(), cell.operator()))
                .allMatch(need -> isOneOf(need.dtypes(), cell.dtype())
                        && isOneOf(need.fills(), cell.recipe())
                        && isOneOf(need.chips(), chip)
                        && (need.operands() == null || need.operands().stream().anyMatch(cell::has))
                        && (need.attributes() == null
                                || need.attributes().stream().anyMatch(cell::says))
                        && (need.tags() == null || need.tags().stream().anyMatch(cell.tags()::contains)));
    }

    /// Why a mutant that survived is within the contract; empty if nobody has shown that.
    Optional<String> equivalence(String fault, String chip, Cell cell) {
        return equivalents.stream()
                .filter(one -> one.fault().equals(fault)
                        && isOneOf(one.operators(), cell.operator())
                        && isOneOf(one.dtypes(), cell.dtype())
                        && isOneOf(one.fills(), cell.recipe())
                        && isOneOf(one.chips(), chip))
                .map(Equivalent::why)
                .findFirst();
    }

    private static boolean isOneOf(@Nullable Collection<String> allowed, String value) {
        return allowed == null || allowed.contains(value);
    }
}
