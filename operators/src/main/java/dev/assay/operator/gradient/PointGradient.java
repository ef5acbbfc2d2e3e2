package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Gradient;
import dev.assay.operator.Inputs;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Base of the gradients of elementwise operators: every element of the outputs is a formula over the
/// elements in the same place of the inputs, all of one shape, the gradient `dY` first.
abstract class PointGradient extends NamedOperator implements Gradient {
    PointGradient(String name, About about, Signature signature) {
        super(name, "", about, signature);
    }

    static About about(String formula, String source) {
        return new About(formula, source, About.Errors.ELEMENTWISE);
    }

    /// Inputs `dY` and another one, and the output `dX`.
    static Signature unary(String kept, String meaning, AttributeSpec... attributes) {
        return new Signature(
                List.of(
                        Parameter.required("dY", "T", Signature.floats(), "gradient of the output, any shape"),
                        Parameter.required(kept, "T", Signature.floats(), meaning + ", like dY")),
                List.of(Parameter.required("dX", "T", Signature.floats(), "gradient of the input, like dY")),
                List.of(attributes));
    }

    /// What becomes of the elements in one place.
    @FunctionalInterface
    interface Formula {
        Approx of(Approx[] x);
    }

    /// The formula of each output, in the order of the signature.
    abstract List<Formula> formulas(Call call, WorkingArithmetic arithmetic);

    /// How many floating-point operations an element takes.
    abstract double flops();

    /// Throws [dev.assay.operator.InvalidCallException] for attributes out of range.
    void check(Call call) {}

    private Shape shape(Call call) {
        return call.input("dY").shape();
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        check(call);
        for (Parameter input : signature().inputs()) {
            require(
                    call.input(input.name()).shape().equals(shape(call)),
                    input.name() + " is " + call.input(input.name()).shape() + ", dY is " + shape(call),
                    "input " + input.name(),
                    "give all one shape");
        }
        TensorSpec like = TensorSpec.dense(call.input("dY").dtype(), shape(call));
        return signature().outputs().stream().map(output -> like).toList();
    }

    @Override
    public final Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        DType dtype = call.input("dY").dtype();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, dtype);
        Tensor[] tensors = signature().inputs().stream()
                .map(input -> inputs.get(input.name()))
                .toArray(Tensor[]::new);
        long[] strides = shape(call).denseStrides();
        return new FormulaOracle(formulas(call, arithmetic).stream()
                .map(formula -> new FormulaOracle.Output(shape(call), dtype, at -> {
                    long number = 0;
                    for (int i = 0; i < strides.length; i++) {
                        number += at[i] * strides[i];
                    }
                    Approx[] x = new Approx[tensors.length];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = arithmetic.of(tensors[i].get(number));
                    }
                    return formula.of(x);
                }))
                .toList());
    }

    @Override
    public final Cost cost(Call call) {
        return new Cost(flops() * shape(call).elements(), call.tensorBytes());
    }

    @Override
    public final String sizes(Call call) {
        return shape(call).joined();
    }

    @Override
    public final List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(new Probe("codes", false, "some values of the type are handled wrongly"));
    }

    @Override
    public final Optional<BatchAxis> batchAxis(Call call) {
        return shape(call).rank() == 0
                ? Optional.empty()
                : Optional.of(new BatchAxis(
                        first(signature().inputs()), first(signature().outputs())));
    }

    private static Map<String, Integer> first(List<Parameter> parameters) {
        return parameters.stream().collect(Collectors.toMap(Parameter::name, parameter -> 0));
    }
}
