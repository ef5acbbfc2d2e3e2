package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Base of the optimizers as PyTorch has them: one parameter with its states, all of one shape, written where they lie.
///
/// With a `master`, that copy of the parameter in f32 is what is stepped, and `param` is what is left of it in the
/// parameter's own type: the parameter that was there is not read.
///
/// A step that needs a new state may read the number that it has worked out, or what it has stored of it: PyTorch's
/// fused kernels do the one, its plain loops the other, so both are right.
abstract class TensorStep extends NamedOperator {
    private static final Set<DType> MASTERS = Signature.only(DType.F32, DType.F64);

    protected TensorStep(String name, About about, Signature signature) {
        super(name, "", about, signature);
    }

    /// The signature of a step.
    ///
    /// @param states names and meanings of the states, in turn; they are optional where the step does not count
    /// @param counts whether there is the input `step`
    protected static Signature signature(List<Parameter> states, boolean counts, AttributeSpec... attributes) {
        Set<DType> floats = Signature.floats();
        Parameter master = Parameter.optional("master", "M", MASTERS, "what is stepped in place of param, like it");
        List<Parameter> inputs = new ArrayList<>();
        inputs.add(Parameter.required("param", "T", floats, "any shape"));
        inputs.add(Parameter.required("grad", "G", floats, "its gradient, like param"));
        states.stream().filter(state -> !state.optional()).forEach(inputs::add);
        if (counts) {
            inputs.add(Parameter.constant(
                    "step", "N", Signature.only(DType.I64), "scalar, number of this step: 1 is the first"));
        }
        states.stream().filter(Parameter::optional).forEach(inputs::add);
        inputs.add(master);
        List<Parameter> outputs = new ArrayList<>();
        outputs.add(Parameter.required("param_out", "T", floats, "the new parameter")
                .inPlaceOf("param"));
        states.forEach(state -> outputs.add(written(state)));
        outputs.add(written(master));
        return new Signature(inputs, outputs, List.of(attributes));
    }

    private static Parameter written(Parameter state) {
        return new Parameter(
                state.name() + "_out",
                state.type(),
                state.dtypes(),
                state.optional(),
                false,
                false,
                Optional.of(state.name()),
                "the new " + state.name());
    }

    /// A state, of any floating-point type.
    protected static Parameter state(String name, String meaning) {
        return Parameter.required(name, "S", Signature.floats(), meaning + ", like param");
    }

    /// New numbers of an element.
    @FunctionalInterface
    interface Step {
        /// The new parameter, then the new states in the order of the signature.
        ///
        /// @param states 0 for one that is left out
        Approx[] of(Approx param, Approx grad, Approx[] states);
    }

    /// The formula, with what the attributes say worked out once.
    protected abstract Step step(Call call, WorkingArithmetic arithmetic);

    /// Throws for attributes out of range.
    protected abstract void check(Call call);

    /// How many floating-point operations an element takes.
    protected abstract double flops();

    /// States that are never negative.
    protected Set<String> squares() {
        return Set.of();
    }

    /// Wrong readings of the step's own formula.
    protected abstract List<Misreading> formulas(Call call, Rereading right);

    /// Those of the formula, and those of any step: a narrow parameter in place of its master, and states that are not
    /// stored.
    @Override
    public final List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        List<Misreading> all = new ArrayList<>(formulas(call, right));
        if (call.hasInput("master")) {
            Tensor param = inputs.get("param");
            all.add(right.input("master", type(call, "master"), param.shape(), param::get)
                    .as("operand-ignored", "the step begins at param and not at its master"));
        }
        List<String> states = states();
        for (int n = 0; n < states.size(); n++) {
            if (call.hasInput(states.get(n))) {
                all.add(right.as("operand-ignored", states.get(n) + " stays as it was")
                        .by(new NotStored(this, n)));
            }
        }
        return all;
    }

    /// A step that leaves one of its states as it was.
    private static final class NotStored extends TensorStep {
        private final TensorStep step;
        private final int state;

        NotStored(TensorStep step, int state) {
            super(step.name(), step.about(), step.signature());
            this.step = step;
            this.state = state;
        }

        @Override
        protected Step step(Call call, WorkingArithmetic arithmetic) {
            Step right = step.step(call, arithmetic);
            return (param, grad, states) -> {
                Approx[] made = right.of(param, grad, states);
                made[state + 1] = states[state];
                return made;
            };
        }

        @Override
        protected void check(Call call) {
            step.check(call);
        }

        @Override
        protected double flops() {
            return step.flops();
        }

        @Override
        protected List<Misreading> formulas(Call call, Rereading right) {
            return List.of();
        }
    }

    /// Names of the states, in the order of the signature.
    protected final List<String> states() {
        List<Parameter> outputs = signature().outputs();
        return outputs.subList(1, outputs.size() - 1).stream()
                .map(output -> output.aliasOf().orElseThrow())
                .toList();
    }

    /// Type of a state, of the parameter where the call has none.
    protected static DType type(Call call, String state) {
        return call.input(call.hasInput(state) ? state : "param").dtype();
    }

    protected static long number(Call call) {
        return call.constants().getOrDefault("step", List.of(1L)).getFirst();
    }

    /// Throws unless an attribute lies in `[low, high)`.
    protected final void checkRange(Call call, String attribute, double low, double high) {
        double value = call.attributes().real(attribute);
        require(
                value >= low && value < high,
                attribute + " is " + value,
                "attribute " + attribute,
                "give a number from " + low + (high < Double.MAX_VALUE ? " to below " + high : " on"));
    }

    /// Throws unless an attribute is 0 or 1.
    protected final boolean flag(Call call, String attribute) {
        long value = call.attributes().integer(attribute);
        require(value == 0 || value == 1, attribute + " is " + value, "attribute " + attribute, "give 0 or 1");
        return value == 1;
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        Shape shape = call.input("param").shape();
        for (Parameter input : signature().inputs()) {
            boolean scalar = input.name().equals("step");
            Shape wanted = scalar ? Shape.of() : shape;
            require(
                    !call.hasInput(input.name())
                            || call.input(input.name()).shape().equals(wanted),
                    scalar || !call.hasInput(input.name())
                            ? "step is no scalar"
                            : input.name() + " is " + call.input(input.name()) + ", param has the shape " + shape,
                    "input " + input.name(),
                    "give it the shape " + wanted);
        }
        require(
                number(call) >= 1,
                "step is " + number(call),
                "input step",
                "give 1 for the first step, as PyTorch counts");
        check(call);
        List<TensorSpec> specs = new ArrayList<>();
        for (Parameter output : signature().outputs()) {
            specs.add(TensorSpec.dense(type(call, output.aliasOf().orElseThrow()), shape));
        }
        return specs;
    }

    @Override
    public final Cost cost(Call call) {
        return new Cost(flops() * call.input("param").shape().elements(), call.tensorBytes());
    }

    @Override
    public final Fill fill(Call call, String input, Fill dataSet) {
        Fill fill = super.fill(call, input, dataSet);
        return squares().contains(input) ? new Squares(fill) : fill;
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return call.input("param").shape().isEmpty()
                ? List.of()
                : List.of(new Probe("codes", false, "some values of the type are handled wrongly"));
    }

    @Override
    public final Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Shape shape = call.input("param").shape();
        List<Optional<Tensor>> tensors = new ArrayList<>();
        tensors.add(Optional.of(inputs.get(call.hasInput("master") ? "master" : "param")));
        tensors.add(Optional.of(inputs.get("grad")));
        for (String state : states()) {
            tensors.add(call.hasInput(state) ? Optional.of(inputs.get(state)) : Optional.empty());
        }
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, Elements.widest(call));
        Step step = step(call, arithmetic);
        List<FormulaOracle.Output> outputs = new ArrayList<>();
        for (int n = 0; n < signature().outputs().size(); n++) {
            // The last one is the master, of which the parameter is what is left.
            int which = n == tensors.size() - 1 ? 0 : n;
            DType dtype = type(call, signature().outputs().get(n).aliasOf().orElseThrow());
            outputs.add(Elements.output(
                    shape,
                    dtype,
                    tensors,
                    arithmetic,
                    x -> step.of(x[0], x[1], Arrays.copyOfRange(x, 2, x.length))[which]));
        }
        return new FormulaOracle(outputs);
    }

    /// A recipe of one number for a scalar, exact on whole numbers.
    static Fill scalar(Fill dataSet, double usual) {
        return Fills.nameOf(dataSet).equals("integers") ? Fills.of("values", 0.5) : Fills.of("values", usual);
    }
}
