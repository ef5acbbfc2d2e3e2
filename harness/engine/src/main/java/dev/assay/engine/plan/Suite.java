package dev.assay.engine.plan;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.assay.HarnessException;
import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.engine.plan.SuiteFile.Template;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Signature.Parameter;
import dev.assay.results.Json;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A suite, expanded to its cases.
///
/// @param name as in rows
/// @param description for people
/// @param source the file it came from
/// @param sha256 over the file
/// @param cases in the file's order
public record Suite(String name, String description, String source, String sha256, List<Case> cases) {
    private static final long STANDARD_SEED = 20260101;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*");

    /// Absent properties are checked here, where the message can name the case.
    private static final ObjectMapper MAPPER =
            Json.STRICT.copy().disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    public Suite {
        cases = List.copyOf(cases);
    }

    /// Reads and expands a suite. Throws [HarnessException] with file, line and field for anything that is wrong.
    ///
    /// @param source name of the file, for messages
    /// @param seed takes the place of the file's own, if it is not empty
    public static Suite parse(String text, String source, java.util.OptionalLong seed) {
        SuiteFile file = read(text, source);
        require(file.name(), "name", source);
        require(file.description(), "description", source);
        require(file.cases(), "cases", source);
        checkFile(file, source);
        ContractDemands demands = ContractDemands.NONE.with(file.contract(), source + ", field contract");
        long used = seed.orElse(file.seed() == null ? STANDARD_SEED : file.seed());
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < file.cases().size(); i++) {
            String where = source + ", case " + (i + 1);
            new Expansion(file.name(), file.cases().get(i), where, demands, used, cases).run();
        }
        checkNames(cases, source);
        return new Suite(file.name(), file.description(), source, Json.sha256(text), cases);
    }

    /// A call that a generator asks for.
    ///
    /// @param call what is computed; empty if the catalogue has no such operator
    /// @param fill recipe of its inputs
    /// @param drawn recipes by which its constants were drawn, by name: they stand in the id in place of the values
    /// @param uses what a model makes of it
    /// @param releaseOnly whether only `--release` runs it
    public record Part(
            String operator,
            java.util.Optional<Call> call,
            String fill,
            Map<String, String> drawn,
            String why,
            List<CaseSpec.Use> uses,
            boolean releaseOnly) {}

    /// A suite that no file lists: its cases are generated.
    ///
    /// @param sha256 over everything that it was generated from
    /// @param contract what is asked of contracts, a field `contract` of a suite in JSON
    public static Suite generated(
            String name,
            String description,
            String source,
            String sha256,
            String contract,
            long seed,
            List<Part> parts) {
        ContractDemands demands = ContractDemands.NONE.with(contract(contract, source), source + ", field contract");
        List<Case> cases = new ArrayList<>();
        for (Part part : parts) {
            String fill = part.call().isEmpty()
                    ? part.fill()
                    : Fills.parse(part.fill(), source).name();
            Case one = part.call()
                    .map(call -> Case.generated(
                            name,
                            Operators.named(part.operator(), source),
                            call,
                            fill,
                            Map.of(),
                            part.drawn(),
                            demands.floor(call, fill),
                            seed,
                            part.why()))
                    .orElseGet(() -> Case.known(
                            name,
                            part.operator(),
                            fill,
                            part.why(),
                            Verdict.UNSUPPORTED,
                            "suites of models do not call '" + part.operator() + "' yet"));
            cases.add(one.inModel(part.uses(), part.releaseOnly()));
        }
        checkNames(cases, source);
        return new Suite(name, description, source, sha256, cases);
    }

    private static SuiteFile.Contract contract(String text, String source) {
        try {
            return MAPPER.readValue(text, SuiteFile.Contract.class);
        } catch (JsonProcessingException e) {
            throw new HarnessException(
                    "what is asked of contracts cannot be read: " + firstLine(e.getOriginalMessage()),
                    source,
                    "write it as docs/suites.md says",
                    e);
        }
    }

    private static SuiteFile read(String text, String source) {
        try {
            SuiteFile file = MAPPER.readValue(text, SuiteFile.class);
            require(file, "the suite", source);
            refuseNulls(MAPPER.readTree(text), "", source);
            return file;
        } catch (UnrecognizedPropertyException e) {
            throw new HarnessException(
                    "unknown field '" + e.getPropertyName() + "'",
                    source + ", line " + line(text, e) + ", field " + path(e),
                    "use one of " + e.getKnownPropertyIds(),
                    e);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String line = at == null ? "" : ", line " + at.getLineNr() + ", column " + at.getColumnNr();
            String field = e instanceof JsonMappingException mapping
                            && !mapping.getPath().isEmpty()
                    ? ", field " + path(mapping)
                    : "";
            throw new HarnessException(
                    firstLine(e.getOriginalMessage()),
                    source + line + field,
                    "write it as docs/suites.md says; unknown, repeated and wrongly typed fields are errors",
                    e);
        }
    }

    /// Where a field stands. An unknown one is noticed only at the end of the object that holds it.
    private static int line(String text, JsonMappingException e) {
        String pointer = e.getPath().stream()
                .map(r -> "/" + (r.getFieldName() == null ? Integer.toString(r.getIndex()) : r.getFieldName()))
                .collect(Collectors.joining());
        try (JsonParser parser = MAPPER.createParser(text)) {
            while (parser.nextToken() != null) {
                String here = parser.getParsingContext().pathAsPointer().toString();
                if (parser.currentToken() == JsonToken.FIELD_NAME && here.equals(pointer)) {
                    return parser.currentTokenLocation().getLineNr();
                }
            }
        } catch (IOException again) {
            e.addSuppressed(again);
        }
        return 1;
    }

    /// A null is neither a value nor an absent field.
    private static void refuseNulls(JsonNode node, String path, String source) {
        if (node.isNull()) {
            throw new HarnessException(
                    "null", source + ", field " + path, "give a value, or leave the field out if it is optional");
        }
        node.properties()
                .forEach(field -> refuseNulls(
                        field.getValue(), path.isEmpty() ? field.getKey() : path + "." + field.getKey(), source));
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            refuseNulls(node.get(i), path + "[" + i + "]", source);
        }
    }

    private static void checkFile(SuiteFile file, String source) {
        if (!NAME.matcher(file.name()).matches()) {
            throw new HarnessException(
                    "the name '" + file.name() + "'",
                    source + ", field name",
                    "use lower case letters, digits, '.', '_' and '-': it becomes part of rows and of folders");
        }
        if (file.cases().isEmpty()) {
            throw new HarnessException("no cases", source + ", field cases", "give at least one");
        }
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream()
                .map(r -> r.getFieldName() == null ? "[" + r.getIndex() + "]" : r.getFieldName())
                .collect(Collectors.joining("."))
                .replace(".[", "[");
    }

    private static String firstLine(String message) {
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    private static void require(@org.jspecify.annotations.Nullable Object value, String field, String where) {
        if (value == null) {
            throw new HarnessException(
                    "'" + field + "' is missing", where, "add it; docs/suites.md says what it means");
        }
    }

    private static void checkNames(List<Case> cases, String source) {
        Map<String, Case> seen = new LinkedHashMap<>();
        for (Case one : cases) {
            Case other = seen.put(one.id().toString(), one);
            if (other != null) {
                throw new HarnessException(
                        "two cases are called " + one.id(),
                        source + ": '" + other.why() + "' and '" + one.why() + "'",
                        "take one of them out");
            }
        }
    }

    /// One template being expanded.
    private static final class Expansion {
        private final String suite;
        private final Template template;
        private final String where;
        private final ContractDemands demands;
        private final long seed;
        private final List<Case> into;
        private final Operator operator;

        Expansion(
                String suite, Template template, String where, ContractDemands ofTheSuite, long seed, List<Case> into) {
            this.suite = suite;
            this.template = template;
            this.seed = seed;
            this.into = into;
            require(template, "the case", where);
            require(template.operator(), "operator", where);
            this.where = where + " (" + template.operator() + ")";
            require(template.inputs(), "inputs", this.where);
            require(template.dtypes(), "dtypes", this.where);
            require(template.fills(), "fills", this.where);
            require(template.why(), "why", this.where);
            this.demands = ofTheSuite.with(template.contract(), this.where + ", field contract");
            this.operator = Operators.named(template.operator(), where + ", field operator");
        }

        void run() {
            checkInputs(
                    "types",
                    template.types() == null ? List.of() : template.types().keySet());
            checkInputs("transposed", template.transposed() == null ? List.of() : template.transposed());
            checkInputs(
                    "constants",
                    template.constants() == null
                            ? List.of()
                            : template.constants().keySet());
            checkInputs(
                    "recipes",
                    template.recipes() == null ? List.of() : template.recipes().keySet());
            Map<String, String> recipes = recipes();
            int before = into.size();
            for (Map<String, Long> variables : combinations()) {
                for (String dtype : template.dtypes()) {
                    for (String fill : template.fills()) {
                        into.add(one(variables, DType.of(dtype, where + ", field dtypes"), fill, recipes));
                    }
                }
            }
            if (into.size() == before) {
                throw new HarnessException(
                        "the case expands to nothing", where, "give at least one dtype, one fill and one combination");
            }
        }

        private void checkInputs(String field, Collection<String> names) {
            for (String name : names) {
                if (!template.inputs().containsKey(name)) {
                    throw new HarnessException(
                            "this case has no input '" + name + "'",
                            where + ", field " + field,
                            "use one of " + template.inputs().keySet());
                }
            }
        }

        private List<Map<String, Long>> combinations() {
            if (template.sweep() != null && template.points() != null) {
                throw new HarnessException("both 'sweep' and 'points'", where, "give one of them");
            }
            if (template.points() != null) {
                return template.points();
            }
            List<Map<String, Long>> all = new ArrayList<>();
            all.add(Map.of());
            Map<String, List<Long>> sweep = template.sweep() == null ? Map.of() : template.sweep();
            for (Map.Entry<String, List<Long>> variable : sweep.entrySet()) {
                List<Map<String, Long>> longer = new ArrayList<>();
                for (Map<String, Long> start : all) {
                    for (long value : variable.getValue()) {
                        Map<String, Long> next = new LinkedHashMap<>(start);
                        next.put(variable.getKey(), value);
                        longer.add(next);
                    }
                }
                all = longer;
            }
            return all;
        }

        /// Recipes of single inputs, in the order of the inputs and in canonical text.
        private Map<String, String> recipes() {
            Map<String, String> canonical = new LinkedHashMap<>();
            for (String input : template.inputs().keySet()) {
                String recipe =
                        template.recipes() == null ? null : template.recipes().get(input);
                if (recipe != null) {
                    String place = where + ", field recipes, input " + input;
                    if (template.constants() != null && template.constants().containsKey(input)) {
                        throw new HarnessException(
                                "a recipe and constants", place, "give one of them; constants may be a recipe too");
                    }
                    canonical.put(input, plain(recipe, place).name());
                }
            }
            return canonical;
        }

        /// A recipe that needs no operator to say what it means.
        private static Fill plain(String text, String place) {
            Fill fill = Fills.parse(text, place);
            if (Fills.needsOperator(fill)) {
                throw new HarnessException(
                        "fill '" + fill.name() + "' says nothing of a single input",
                        place,
                        "name it in 'fills', or use another one");
            }
            return fill;
        }

        private Case one(Map<String, Long> variables, DType dtype, String fillText, Map<String, String> recipes) {
            String here = variables.isEmpty() ? where : where + " with " + variables;
            Fill fill = Fills.parse(fillText, where + ", field fills");
            try {
                Map<String, String> drawn = new LinkedHashMap<>();
                Call call = call(variables, dtype, here, drawn);
                for (Call.Operand operand : call.inputs()) {
                    if (operand.spec().isPresent() && !recipes.containsKey(operand.name())) {
                        // Refuses a data set that says nothing to this operator, before anything runs.
                        operator.fill(call, operand.name(), fill);
                    }
                }
                operator.cost(call);
                return Case.generated(
                        suite,
                        operator,
                        call,
                        fill.name(),
                        recipes,
                        drawn,
                        demands.floor(call, fill.name()),
                        seed,
                        template.why());
            } catch (InvalidCallException e) {
                // Operators do not know in which file their call stands.
                String place = e.where().startsWith(where) ? e.where() : here + ": " + e.where();
                throw new HarnessException(e.what(), place, e.fix(), e);
            } catch (ArithmeticException e) {
                throw new HarnessException("a tensor is larger than 64 bits can count", here, "give smaller sizes", e);
            }
        }

        private Call call(Map<String, Long> variables, DType dtype, String here, Map<String, String> drawn) {
            CallBuilder builder = new CallBuilder(operator, here);
            template.inputs().forEach((name, dims) -> input(builder, name, dims, variables, dtype, here, drawn));
            if (template.attributes() != null) {
                template.attributes()
                        .forEach((name, value) -> builder.attribute(name, attribute(name, value, variables)));
            }
            if (template.outputs() != null) {
                template.outputs().forEach(builder::output);
            }
            return builder.build();
        }

        private void input(
                CallBuilder builder,
                String name,
                List<JsonNode> dims,
                Map<String, Long> variables,
                DType dtype,
                String here,
                Map<String, String> drawn) {
            String place = here + ", input " + name;
            long[] sizes = new long[dims.size()];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = size(dims.get(i), variables, place);
                if (sizes[i] < 0) {
                    throw new HarnessException("the size " + sizes[i], place, "give a size that is not negative");
                }
            }
            TensorSpec spec = TensorSpec.dense(typeOf(name, dtype), Shape.of(sizes));
            if (template.transposed() != null && template.transposed().contains(name)) {
                spec = transposed(spec, place);
            }
            JsonNode values =
                    template.constants() == null ? null : template.constants().get(name);
            if (values == null) {
                builder.input(name, spec);
                return;
            }
            if (values.isTextual()) {
                Fill recipe = plain(values.textValue(), place + ", field constants");
                drawn.put(name, recipe.name());
                builder.constant(
                        name,
                        spec,
                        DrawnConstant.values(operator, name, spec, recipe, seed, place + ", field constants"));
                return;
            }
            builder.constant(name, spec, listed(values, spec, place));
        }

        private static List<Long> listed(JsonNode values, TensorSpec spec, String place) {
            List<Long> listed = new ArrayList<>();
            for (JsonNode value : values) {
                if (!value.isIntegralNumber() || !value.canConvertToLong()) {
                    throw new HarnessException(
                            value + " is no whole number", place + ", field constants", "give whole numbers");
                }
                listed.add(value.longValue());
            }
            if (!values.isArray()) {
                throw new HarnessException(
                        values + " as constants",
                        place + ", field constants",
                        "give a list of whole numbers, or a recipe as text");
            }
            if (listed.size() != spec.shape().elements()) {
                throw new HarnessException(
                        listed.size() + " constants for " + spec,
                        place,
                        "give " + spec.shape().elements());
            }
            return listed;
        }

        private static TensorSpec transposed(TensorSpec spec, String place) {
            if (spec.shape().rank() < 2 || spec.dtype().bits() < 8) {
                throw new HarnessException(
                        spec + " cannot be stored transposed",
                        place + ", field transposed",
                        "transpose inputs of two or more dimensions whose elements are whole bytes");
            }
            int last = spec.shape().rank() - 1;
            Shape stored = spec.shape()
                    .with(last, spec.shape().dim(last - 1))
                    .with(last - 1, spec.shape().dim(last));
            return TensorSpec.dense(spec.dtype(), stored).transposed(-1, -2);
        }

        /// The type stated for an input, or the only one it can have, or the one being swept.
        private DType typeOf(String input, DType swept) {
            String stated = template.types() == null ? null : template.types().get(input);
            if (stated != null) {
                return DType.of(stated, where + ", field types, input " + input);
            }
            for (Parameter parameter : operator.signature().inputs()) {
                if (parameter.name().equals(input) && parameter.dtypes().size() == 1) {
                    return parameter.dtypes().iterator().next();
                }
            }
            return swept;
        }

        /// A number, a variable, or a sum of products of these.
        private static long size(JsonNode dim, Map<String, Long> variables, String here) {
            if (dim.isIntegralNumber() && dim.canConvertToLong()) {
                return dim.longValue();
            }
            if (!dim.isTextual()) {
                throw new HarnessException(
                        dim + " is no size", here, "give a whole number, or a text such as 'h*d' or 'p+t'");
            }
            try {
                long sum = 0;
                for (String term : dim.textValue().split("\\+", -1)) {
                    long product = 1;
                    for (String factor : term.split("\\*", -1)) {
                        product = Math.multiplyExact(product, number(factor.strip(), variables, here));
                    }
                    sum = Math.addExact(sum, product);
                }
                return sum;
            } catch (ArithmeticException e) {
                throw new HarnessException(dim + " is larger than 64 bits can hold", here, "give smaller sizes", e);
            }
        }

        private static long number(String word, Map<String, Long> variables, String here) {
            Long value = variables.get(word);
            if (value != null) {
                return value;
            }
            try {
                return Long.parseLong(word);
            } catch (NumberFormatException e) {
                throw new HarnessException(
                        "'" + word + "' is neither a number nor a variable",
                        here,
                        "use one of the variables " + variables.keySet(),
                        e);
            }
        }

        private Attribute attribute(String name, JsonNode value, Map<String, Long> variables) {
            String place = where + ", attribute " + name;
            if (value.isIntegralNumber() && value.canConvertToLong()) {
                return new Attribute.Int(value.longValue());
            }
            if (value.isFloatingPointNumber()) {
                return new Attribute.Real(value.doubleValue());
            }
            if (value.isArray()) {
                return list(value, place);
            }
            if (!value.isTextual()) {
                throw new HarnessException(
                        value + " is no attribute", place, "give a number, a text, or a list of numbers");
            }
            String text = value.textValue();
            return text.startsWith("$")
                    ? new Attribute.Int(
                            size(Json.STRICT.getNodeFactory().textNode(text.substring(1)), variables, place))
                    : new Attribute.Text(text);
        }

        private static Attribute list(JsonNode values, String place) {
            List<Long> integers = new ArrayList<>();
            List<Double> reals = new ArrayList<>();
            for (JsonNode value : values) {
                if (!value.isNumber()) {
                    throw new HarnessException(value + " in a list", place, "give numbers only");
                }
                reals.add(value.doubleValue());
                if (value.isIntegralNumber() && value.canConvertToLong()) {
                    integers.add(value.longValue());
                }
            }
            return integers.size() == values.size() ? new Attribute.Ints(integers) : new Attribute.Reals(reals);
        }
    }
}
