package dev.assay.operator;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// One mathematical function on tensors, in one file: what it computes, its signature, shape rule, oracle and cost.
public interface Operator {

    /// ONNX name in lower snake case (`layer_normalization`), or the name that serving stacks use.
    String name();

    /// Name of the ONNX operator with this signature and meaning, such as `MatMul`; empty if there is none.
    default Optional<String> onnxType() {
        return Optional.empty();
    }

    /// What it computes, where that is defined, and how results may err.
    About about();

    Signature signature();

    /// Shape rule: dtype and shape of every output of the signature, in order, whether asked for or not. Optional ones
    /// at the end that this call cannot have, because an input is absent, are left out: asking for them is refused.
    ///
    /// Dtypes, ranks and names have been checked against the signature. Throws [InvalidCallException] for what the
    /// signature cannot say: sizes that do not match, attributes out of range.
    List<TensorSpec> outputs(Call call);

    /// The reference and its error model for one call on these inputs. Computes nothing yet.
    Oracle oracle(Call call, Inputs inputs, ComputeContract contract);

    /// What any implementation must spend.
    Cost cost(Call call);

    /// Floating-point operations of the whole reference with its error model, in units of those of [#cost]: more than
    /// the kernel's where errors are carried on from step to step.
    default double referenceFlops(Call call) {
        return cost(call).flops();
    }

    /// What judging costs where the cheap oracles of [Oracle#cheap] take the place of the whole reference; empty if
    /// this
    /// operator has none.
    default Optional<Cost> cheapCost(Call call) {
        return Optional.empty();
    }

    /// How the sizes of a call read in a case id: `m64.n64.k4096`. The default lists the inputs' shapes.
    default String sizes(Call call) {
        return Sizes.ofInputs(call);
    }

    /// The recipe for one input under a data set that names a recipe for the whole case. The default uses it as it
    /// is for floating-point inputs; an operator overrides this where inputs play different roles (masks, weights,
    /// partners of a cancelling operand).
    default Fill fill(Call call, String input, Fill dataSet) {
        if (Fills.needsOperator(dataSet)) {
            throw new InvalidCallException(
                    "fill '" + dataSet.name() + "' says nothing to " + name(), name(), "use another fill");
        }
        return dataSet;
    }

    /// Further data sets on which a kernel is asked this call again when a case of it is judged: those on which only
    /// one answer is right, and those on which the arithmetic that it promises shows. The most telling first.
    default List<Probe> probes(Call call, ComputeContract contract) {
        return List.of();
    }

    /// Recipe of inputs on which the order of a kernel's sums shows in the bits of its outputs, also of narrow ones:
    /// their exact sums are zero.
    default Optional<String> orderData(Call call) {
        return Optional.empty();
    }

    /// Powers of two that carry over from inputs to outputs.
    default List<Scaling> scalings(Call call) {
        return List.of();
    }

    /// The dimension along which a call may be cut into independent ones; empty if there is none.
    default Optional<BatchAxis> batchAxis(Call call) {
        return Optional.empty();
    }

    /// Wrong readings of this call that kernels are known for, the most likely first.
    default List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of();
    }

    /// The line along which an input's elements are summed. The default is its last dimension.
    default Fill.Along along(Call call, String input) {
        TensorSpec spec = call.input(input);
        return spec.shape().rank() == 0 ? new Fill.Along(1, 1) : Fill.Along.axis(spec.shape(), -1);
    }
}
