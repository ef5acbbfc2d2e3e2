package dev.assay.tck.rules;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.Judge;
import dev.assay.engine.plan.Case;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// A call with a recipe for its inputs.
///
/// @param suite where it comes from
/// @param id name of the case, and what was changed of it
/// @param recipes of single inputs
record Example(String suite, String id, Call call, String fill, Map<String, String> recipes, long seed) {
    private static final long MOST_BYTES = 2 << 20;
    private static final double MOST_FLOPS = 1e7;
    private static final long FEW_ELEMENTS = 64;

    /// Empty for a case that is not generated.
    static Optional<Example> of(Case one) {
        String fill = one.spec().fill();
        if (fill == null || one.call().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Example(
                one.suite(),
                one.id().toString(),
                one.call().get(),
                fill,
                one.spec().ownRecipes(),
                one.seed()));
    }

    Operator operator() {
        return Operators.named(call.operator(), id);
    }

    /// Whether it can be run many times in no time.
    boolean isSmall() {
        return call.tensorBytes() <= MOST_BYTES && operator().cost(call).flops() <= MOST_FLOPS;
    }

    /// What comes first is cheap, but large enough to show something.
    double weight() {
        long elements = call.outputs().stream()
                .flatMap(operand -> operand.spec().stream())
                .mapToLong(spec -> spec.shape().elements())
                .sum();
        double flops = operator().cost(call).flops();
        return elements < FEW_ELEMENTS ? flops + MOST_FLOPS : flops;
    }

    /// The dtype of its first input.
    DType dtype() {
        return call.tensors().getFirst().dtype();
    }

    /// Whether some tensor holds no elements.
    boolean isEmpty() {
        return call.tensors().stream().anyMatch(spec -> spec.shape().isEmpty());
    }

    boolean isDense() {
        return call.tensors().stream().allMatch(TensorSpec::isDense);
    }

    boolean leavesOut() {
        return call.inputs().stream().anyMatch(operand -> operand.spec().isEmpty());
    }

    boolean writesInPlace() {
        return call.outputs().stream().anyMatch(operand -> operand.aliasOf().isPresent());
    }

    boolean hasSeveralOutputs() {
        return call.outputs().stream()
                        .filter(operand -> operand.spec().isPresent())
                        .count()
                > 1;
    }

    /// Values of the inputs, in memory that lasts as long as it is used.
    ///
    /// @param variant 0 for those of the case, others for others
    Map<String, Tensor> inputs(int variant) {
        return CaseInputs.generate(operator(), call, fill, recipes, id, seed + variant, Arena.ofAuto());
    }

    /// What is wrong with these outputs, if anything is.
    Optional<String> wrong(ComputeContract contract, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        return Judge.disagreement(operator(), call, inputs, outputs, contract)
                .map(text -> text.replace(", stored ", ", got "));
    }

    /// The same operator on other operands; empty if there is no such call.
    ///
    /// @param change says which: `with A transposed in memory`
    /// @param inputs specs of the inputs that are present
    /// @param keepsOutputs whether optional outputs are asked for
    Optional<Example> changed(String change, Map<String, TensorSpec> inputs, boolean keepsOutputs) {
        CallBuilder builder = new CallBuilder(operator(), id);
        inputs.forEach((name, spec) -> {
            List<Long> values = call.constants().get(name);
            if (values == null) {
                builder.input(name, spec);
            } else {
                builder.constant(name, spec, values);
            }
        });
        for (Operand output : call.outputs()) {
            boolean optional = operator().signature().outputs().stream()
                    .anyMatch(parameter -> parameter.name().equals(output.name()) && parameter.optional());
            if (optional && keepsOutputs && output.spec().isPresent()) {
                builder.output(output.name());
            }
        }
        call.attributes().values().forEach(builder::attribute);
        try {
            return Optional.of(new Example(suite, id + ", " + change, builder.build(), fill, recipes, seed));
        } catch (InvalidCallException e) {
            return Optional.empty();
        }
    }

    /// Specs of the inputs that are present, in order.
    Map<String, TensorSpec> present() {
        return call.inputs().stream()
                .filter(operand -> operand.spec().isPresent())
                .collect(Collectors.toMap(
                        Operand::name,
                        operand -> operand.spec().orElseThrow(),
                        (one, other) -> one,
                        java.util.LinkedHashMap::new));
    }

    /// [#present] with one of them changed.
    Map<String, TensorSpec> with(String input, UnaryOperator<TensorSpec> change) {
        Map<String, TensorSpec> specs = present();
        specs.computeIfPresent(input, (name, spec) -> change.apply(spec));
        return specs;
    }
}
