package dev.assay.engine.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operators;
import dev.assay.results.Json;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything needed to run a case, as it stands in `plan.json` and is handed to a worker.
///
/// @param operator name in the catalogue
/// @param inputs those present, in order
/// @param outputs names of those asked for
/// @param attributes all of them, typed
/// @param constants inputs whose values belong to the call
/// @param fill recipe of the inputs, if they are generated
/// @param model folder of a node test, if the inputs are stored
/// @param floor what is asked of the contract, see [ContractFloor#parse]
/// @param known the row's verdict and reason, if it is known without running anything
/// @param uses what a model makes of it, for estimates; it does not decide what the case means
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record CaseSpec(
        String operator,
        @Nullable List<Input> inputs,
        @Nullable List<String> outputs,
        @Nullable Map<String, Value> attributes,
        @Nullable Map<String, List<Long>> constants,
        @Nullable String fill,
        @Nullable String model,
        @Nullable String floor,
        @Nullable Known known,
        @Nullable List<Use> uses) {

    /// What a model makes of a case.
    ///
    /// @param phase what the model does, such as `decode of 16 after 1023`
    /// @param role the part of the model
    /// @param times per run of the phase, over all layers
    public record Use(String phase, String role, long times) {}

    /// An input; strides only where it is not dense. The shape of a scalar is there and empty.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Input(
            String name,
            String dtype,
            List<Long> shape,
            @Nullable List<Long> strides) {
        TensorSpec spec() {
            DType type = DType.of(dtype, "plan.json, input " + name);
            return strides == null
                    ? TensorSpec.dense(type, Shape.of(shape))
                    : new TensorSpec(type, Shape.of(shape), strides);
        }
    }

    /// An attribute with its type; exactly one component is there.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Value(
            @Nullable Long integer,
            @Nullable Double real,
            @Nullable String text,
            @Nullable List<Long> integers,
            @Nullable List<Double> reals) {

        static Value of(Attribute attribute) {
            return switch (attribute) {
                case Attribute.Int(long value) -> new Value(value, null, null, null, null);
                case Attribute.Real(double value) -> new Value(null, value, null, null, null);
                case Attribute.Text(String value) -> new Value(null, null, value, null, null);
                case Attribute.Ints(List<Long> values) -> new Value(null, null, null, values, null);
                case Attribute.Reals(List<Double> values) -> new Value(null, null, null, null, values);
            };
        }

        Attribute attribute() {
            if (integer != null) {
                return new Attribute.Int(integer);
            }
            if (real != null) {
                return new Attribute.Real(real);
            }
            if (text != null) {
                return new Attribute.Text(text);
            }
            return integers != null
                    ? new Attribute.Ints(integers)
                    : new Attribute.Reals(reals == null ? List.of() : reals);
        }
    }

    /// A verdict that needs no run.
    public record Known(Verdict verdict, String reason) {}

    static CaseSpec of(Call call, @Nullable String fill, @Nullable String model, @Nullable String floor) {
        List<Input> inputs = new ArrayList<>();
        for (Operand operand : call.inputs()) {
            operand.spec()
                    .ifPresent(spec -> inputs.add(new Input(
                            operand.name(),
                            spec.dtype().label(),
                            spec.shape().toList(),
                            spec.isDense() ? null : spec.strides())));
        }
        List<String> outputs = call.outputs().stream()
                .filter(operand -> operand.spec().isPresent())
                .map(Operand::name)
                .toList();
        Map<String, Value> attributes = new LinkedHashMap<>();
        call.attributes().values().forEach((name, value) -> attributes.put(name, Value.of(value)));
        return new CaseSpec(
                call.operator(), inputs, outputs, attributes, call.constants(), fill, model, floor, null, null);
    }

    static CaseSpec known(String operator, Verdict verdict, String reason) {
        return new CaseSpec(operator, null, null, null, null, null, null, null, new Known(verdict, reason), null);
    }

    CaseSpec with(List<Use> others) {
        return new CaseSpec(
                operator, inputs, outputs, attributes, constants, fill, model, floor, known, List.copyOf(others));
    }

    public JsonNode toJson() {
        return Json.STRICT.valueToTree(this);
    }

    /// Reads what [#toJson] wrote.
    public static CaseSpec parse(JsonNode json) {
        try {
            return LENIENT_ABOUT_ABSENCE.treeToValue(json, CaseSpec.class);
        } catch (JsonProcessingException e) {
            throw new dev.assay.HarnessException(
                    "a case of the plan cannot be read: " + e.getOriginalMessage(),
                    "plan.json",
                    "start the run anew",
                    e);
        }
    }

    private static final com.fasterxml.jackson.databind.ObjectMapper LENIENT_ABOUT_ABSENCE = Json.STRICT
            .copy()
            .disable(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    /// The call, checked anew.
    public Call call(String where) {
        CallBuilder builder = new CallBuilder(Operators.named(operator, where), where);
        Map<String, List<Long>> fixed = constants == null ? Map.of() : constants;
        for (Input input : inputs == null ? List.<Input>of() : inputs) {
            List<Long> values = fixed.get(input.name());
            if (values == null) {
                builder.input(input.name(), input.spec());
            } else {
                builder.constant(input.name(), input.spec(), values);
            }
        }
        for (String output : outputs == null ? List.<String>of() : outputs) {
            builder.output(output);
        }
        if (attributes != null) {
            attributes.forEach((name, value) -> builder.attribute(name, value.attribute()));
        }
        return builder.build();
    }
}
