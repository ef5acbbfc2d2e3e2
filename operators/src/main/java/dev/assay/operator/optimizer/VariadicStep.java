package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Base of the optimizers of ONNX: any number of parameters in one call, with the learning rate `R` and the count `T`
/// of
/// updates.
///
/// `inputs` are groups of as many tensors as there are parameters: all parameters, then all gradients, then the states,
/// kind after
/// kind. `outputs` are the same groups without the gradients. Tensors that belong together have one shape.
abstract class VariadicStep extends NamedOperator {
    private static final Set<DType> TYPES = Signature.only(DType.F32, DType.F64);
    private static final String INPUTS = "inputs";

    /// Kinds of tensors, parameters and gradients among them.
    private final int groups;

    /// @param onnxType in the domain ai.onnx.preview.training
    /// @param states what each group after the gradients holds, in one line
    protected VariadicStep(
            String name, String onnxType, String formula, List<String> states, AttributeSpec... attributes) {
        super(
                name,
                "ai.onnx.preview.training." + onnxType,
                new About(formula, "ONNX preview training " + onnxType + "-1", About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(
                                Parameter.required("R", "T1", TYPES, "learning rate, a scalar"),
                                Parameter.constant(
                                        "T", "T2", Signature.only(DType.I64), "scalar, updates that were made before"),
                                Parameter.variadic(
                                        INPUTS,
                                        "T3",
                                        TYPES,
                                        "parameters, gradients, " + String.join(", ", states)
                                                + ": a group of each, parameter after parameter")),
                        List.of(Parameter.variadic(
                                "outputs", "T3", TYPES, "new parameters, " + String.join(", ", states) + ", likewise")),
                        List.of(attributes)));
        this.groups = 2 + states.size();
    }

    /// New numbers of an element.
    @FunctionalInterface
    interface Step {
        /// The new parameter, then the new states.
        Approx[] of(Approx x, Approx g, Approx[] states);
    }

    /// The formula, with what the attributes say worked out once.
    ///
    /// @param count the value of `T`
    protected abstract Step step(Call call, Scalars scalars, Approx rate, long count);

    /// Throws for attributes out of range.
    protected void check(Call call) {}

    /// How many floating-point operations an element takes.
    protected abstract double flops();

    protected static long count(Call call) {
        return call.constants().getOrDefault("T", List.of(0L)).getFirst();
    }

    /// The gradient of the parameter with that of `norm / 2 · |x|²`. Whether 0 times an infinite parameter is added is
    /// open.
    protected static Approx regularized(Scalars scalars, double norm, Approx x, Approx g) {
        if (norm != 0) {
            return scalars.single(norm).times(x).plus(g);
        }
        return Double.isFinite(x.value()) ? g : scalars.arithmetic().anything();
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        for (String scalar : List.of("R", "T")) {
            require(
                    call.input(scalar).shape().rank() == 0,
                    scalar + " is " + call.input(scalar),
                    "input " + scalar,
                    "give a scalar");
        }
        List<TensorSpec> tensors = call.members(INPUTS);
        require(
                tensors.size() % groups == 0,
                tensors.size() + " inputs",
                "input " + INPUTS,
                "give " + groups + " for each parameter");
        require(count(call) >= 0, "T is " + count(call), "input T", "give 0 or more");
        check(call);
        int count = tensors.size() / groups;
        List<TensorSpec> outputs = new ArrayList<>();
        for (int n = 0; n < tensors.size(); n++) {
            Shape shape = tensors.get(n % count).shape();
            require(
                    tensors.get(n).shape().equals(shape),
                    Call.member(INPUTS, n) + " is " + tensors.get(n) + ", its parameter has the shape " + shape,
                    "input " + Call.member(INPUTS, n),
                    "give both one shape");
            if (n < count || n >= 2 * count) {
                outputs.add(TensorSpec.dense(tensors.get(n).dtype(), shape));
            }
        }
        return outputs;
    }

    @Override
    public final Cost cost(Call call) {
        double elements = 0;
        for (TensorSpec tensor : call.members(INPUTS)) {
            elements += tensor.shape().elements();
        }
        return new Cost(flops() * elements / groups, call.tensorBytes());
    }

    /// Index of a squared state's group, or beyond all.
    protected int squares() {
        return groups;
    }

    @Override
    public final Fill fill(Call call, String input, Fill dataSet) {
        if (input.equals("R")) {
            return TensorStep.scalar(dataSet, 0.1);
        }
        Fill fill = super.fill(call, input, dataSet);
        int count = call.members(INPUTS).size() / groups;
        boolean square = Call.isMember(INPUTS, input)
                && Integer.parseInt(input.substring(INPUTS.length() + 1)) >= squares() * count;
        return square ? new Squares(fill) : fill;
    }

    @Override
    public final Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        List<TensorSpec> tensors = call.members(INPUTS);
        int count = tensors.size() / groups;
        DType widest = tensors.getFirst().dtype();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, widest);
        Step step = step(
                call, new Scalars(arithmetic), arithmetic.of(inputs.get("R").get(0)), count(call));
        List<FormulaOracle.Output> outputs = new ArrayList<>();
        for (int kind = 0; kind < groups - 1; kind++) {
            int which = kind;
            for (int n = 0; n < count; n++) {
                List<Optional<Tensor>> own = new ArrayList<>();
                for (int group = 0; group < groups; group++) {
                    own.add(Optional.of(inputs.get(Call.member(INPUTS, group * count + n))));
                }
                outputs.add(Elements.output(
                        tensors.get(n).shape(),
                        widest,
                        own,
                        arithmetic,
                        x -> step.of(x[0], x[1], Arrays.copyOfRange(x, 2, x.length))[which]));
            }
        }
        return new FormulaOracle(outputs);
    }
}
