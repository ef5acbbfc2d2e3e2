package dev.assay.engine.imports;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.engine.imports.TecoCase.Values;
import dev.assay.engine.plan.Case;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fills;
import dev.assay.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// A folder of cases of Teco-Ops, the tests of Tecorigin's chips, as a suite.
///
/// A case fixes an operator, shapes, types, ranges and parameters; what is drawn from the ranges is the suite's own.
/// Their thresholds are left behind: bounds follow from the contract.
public final class TecoImport {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String ENDING = ".prototxt";
    private static final String STANDARD_FILL = "uniform";

    private TecoImport() {}

    /// Reads all files below a folder that end in `.prototxt`.
    ///
    /// @param name of the suite
    public static Imported read(Path folder, String name, long seed) {
        SuiteText suite = new SuiteText(name, "Cases of Teco-Ops: their calls and ranges of values.", seed);
        for (Path file : files(folder)) {
            String test = name(folder, file);
            try {
                take(TecoCase.of(TextProto.parse(text(file), test)), test, suite);
            } catch (NotExpressible e) {
                suite.leaveOut(test, e.reason());
            } catch (HarnessException e) {
                suite.leaveOut(test, e.what() + " (" + e.where() + ")");
            }
        }
        return suite.result();
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> files = all.filter(file -> file.toString().endsWith(ENDING))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new HarnessException(
                        "no case", folder.toString(), "give a folder with files that end in " + ENDING);
            }
            return files;
        } catch (IOException | UncheckedIOException e) {
            throw new HarnessException(
                    "the folder cannot be read: " + e, folder.toString(), "give a readable folder", e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new HarnessException("the file cannot be read: " + e, file.toString(), "restore the file", e);
        }
    }

    /// `rms_norm/case_0` of `rms_norm/test_case/case_0.prototxt`.
    private static String name(Path folder, Path file) {
        String path = folder.relativize(file).toString().replace('\\', '/').replace("test_case/", "");
        return path.substring(0, path.length() - ENDING.length());
    }

    private static void take(TecoCase theirs, String test, SuiteText suite) throws NotExpressible {
        String reason = TecoOperator.OTHER_FIELDS.get(theirs.operator());
        if (reason != null) {
            throw new NotExpressible(reason);
        }
        TecoOperator table = line(theirs);
        if (!Operators.has(table.ours())) {
            throw new NotExpressible("operator " + table.ours() + " is not in the catalogue");
        }
        Operator operator = Operators.named(table.ours(), test);
        ObjectNode template = new Template(theirs, table, operator).json();
        suite.take(test, template, ours -> sameOutputs(theirs, table, ours));
    }

    /// The line of the table whose inputs the case has.
    private static TecoOperator line(TecoCase theirs) throws NotExpressible {
        List<TecoOperator> lines = TecoOperator.ALL.stream()
                .filter(line -> line.theirs().equals(theirs.operator()))
                .toList();
        if (lines.isEmpty()) {
            throw new NotExpressible("operator " + theirs.operator() + " is not known here");
        }
        Set<String> given = new LinkedHashSet<>();
        theirs.tensors().forEach((id, tensor) -> {
            if (!tensor.output() || !(tensor.values() instanceof Values.None)) {
                given.add(id);
            }
        });
        for (TecoOperator line : lines) {
            if (line.operands().keySet().equals(given)) {
                return line;
            }
        }
        throw new NotExpressible("its inputs are " + given + ", known are "
                + lines.getFirst().operands().keySet());
    }

    /// Whether our shape rule gives their outputs.
    private static boolean sameOutputs(TecoCase theirs, TecoOperator table, Case ours) {
        Call call = ours.call().orElseThrow();
        for (Map.Entry<String, String> output : table.outputs().entrySet()) {
            TecoCase.Tensor tensor = theirs.tensors().get(output.getKey());
            if (tensor != null
                    && !(call.hasOutput(output.getValue())
                            && call.output(output.getValue())
                                    .equals(TensorSpec.dense(tensor.dtype(), tensor.shape())))) {
                return false;
            }
        }
        return true;
    }

    /// A template being put together.
    private static final class Template {
        private final TecoCase theirs;
        private final TecoOperator table;
        private final Operator operator;
        private final ObjectNode inputs = JSON.objectNode();
        private final ObjectNode types = JSON.objectNode();
        private final ObjectNode constants = JSON.objectNode();
        private final Map<String, String> recipes = new LinkedHashMap<>();
        private DType first = DType.F32;

        Template(TecoCase theirs, TecoOperator table, Operator operator) {
            this.theirs = theirs;
            this.table = table;
            this.operator = operator;
        }

        ObjectNode json() throws NotExpressible {
            // In our order, so that the first input is the one whose type the others follow.
            for (Parameter parameter : operator.signature().inputs()) {
                for (Map.Entry<String, String> operand : table.operands().entrySet()) {
                    TecoCase.Tensor tensor = theirs.tensors().get(operand.getKey());
                    if (tensor != null && operand.getValue().equals(parameter.name())) {
                        input(tensor, parameter);
                    }
                }
            }
            if (inputs.size() != table.operands().size()) {
                throw new NotExpressible(operator.name() + " has other inputs than "
                        + table.operands().values());
            }
            ObjectNode attributes = JSON.objectNode();
            table.attributes(theirs.parameters(), attributes);
            ObjectNode template = JSON.objectNode();
            template.put("operator", operator.name());
            template.set("inputs", inputs);
            SuiteText.put(template, "types", types);
            SuiteText.put(template, "outputs", SuiteText.texts(optionalOutputs()));
            SuiteText.put(template, "attributes", attributes);
            SuiteText.put(template, "constants", constants);
            // The recipe of the first input that is drawn stands for the case; only what differs has its own.
            String common = recipes.values().stream()
                    .filter(recipe -> recipe.startsWith(STANDARD_FILL))
                    .findFirst()
                    .orElse(STANDARD_FILL);
            ObjectNode own = JSON.objectNode();
            recipes.forEach((input, recipe) -> {
                if (!recipe.equals(common)) {
                    own.put(input, recipe);
                }
            });
            SuiteText.put(template, "recipes", own);
            template.set("dtypes", SuiteText.texts(List.of(first.label())));
            template.set("fills", SuiteText.texts(List.of(common)));
            return template;
        }

        private List<String> optionalOutputs() {
            List<String> names = new ArrayList<>();
            for (Parameter output : operator.signature().outputs()) {
                boolean asked = table.outputs().entrySet().stream()
                        .anyMatch(entry -> entry.getValue().equals(output.name())
                                && theirs.tensors().containsKey(entry.getKey()));
                if (output.optional() && asked) {
                    names.add(output.name());
                }
            }
            return names;
        }

        private void input(TecoCase.Tensor tensor, Parameter parameter) throws NotExpressible {
            String ours = parameter.name();
            DType dtype = type(tensor.dtype(), parameter);
            first = inputs.isEmpty() ? dtype : first;
            inputs.set(ours, SuiteText.integers(tensor.shape().toList()));
            if (dtype != first) {
                types.put(ours, dtype.label());
            }
            if (!parameter.constant()) {
                recipes.put(ours, recipe(tensor));
            } else if (tensor.values() instanceof Values.Listed(List<Double> numbers)) {
                constants.set(
                        ours,
                        SuiteText.integers(
                                numbers.stream().map(Double::longValue).toList()));
            } else {
                constants.put(ours, recipe(tensor));
            }
        }

        /// Whole numbers are the same in every type of them.
        private static DType type(DType theirs, Parameter parameter) {
            if (theirs.isFloat() || parameter.dtypes().contains(theirs)) {
                return theirs;
            }
            Optional<DType> other = parameter.dtypes().stream()
                    .filter(dtype -> !dtype.isFloat())
                    .sorted()
                    .findFirst();
            return other.orElse(theirs);
        }

        private String recipe(TecoCase.Tensor tensor) throws NotExpressible {
            return switch (tensor.values()) {
                case Values.None ignored ->
                    throw new NotExpressible("nothing is said about the values of " + tensor.id());
                case Values.Listed(List<Double> numbers) ->
                    Fills.of(
                                    "values",
                                    numbers.stream()
                                            .mapToDouble(Double::doubleValue)
                                            .toArray())
                            .name();
                case Values.Range(double low, double high) -> {
                    if (tensor.dtype().isFloat()) {
                        yield Fills.of(STANDARD_FILL, low, high).name();
                    }
                    String kind = table.isDistinct(tensor.id()) ? "distinct" : "integers";
                    yield Fills.of(kind, Math.ceil(low), Math.ceil(high) - 1).name();
                }
            };
        }
    }
}
