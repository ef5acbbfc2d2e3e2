package dev.assay.operator.science;

import dev.assay.backend.Attribute;
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
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// Forces of a random batch Ewald step, for waves that have been drawn:
/// `forces[i] = -S/p Σ_l 4π q_i k_l / (V k_l²) Im(exp(-i k_l·x_i) ρ(k_l))`.
///
/// - inputs: as of `ewald_reciprocal`; `k [p,3]` are the waves of the batch, drawn with probabilities
///   `exp(-k²/4α) / S`, which is why no such factor is left; a wave may be there twice
/// - output: `forces [n,3]`, the part of reciprocal space; without waves 0
/// - source: Jin, Li, Xu and Zhao, A Random Batch Ewald Method for Particle Systems with Coulomb
///   Interactions, SIAM J. Sci. Comput. 43, 2021, equation 3.9
public final class RandomBatchEwald extends NamedOperator {
    public RandomBatchEwald() {
        super(
                "random_batch_ewald",
                "",
                new About(
                        "forces[i] = -S/p Σ_l 4π q_i k_l / (V k_l²) Im(exp(-i k_l·x_i) ρ(k_l))",
                        "Jin, Li, Xu and Zhao 2021, equation 3.9",
                        About.Errors.COMPOSITE),
                new Signature(
                        WaveSums.inputs(),
                        List.of(Parameter.required("forces", "T", Signature.floats(), "[n,3]")),
                        List.of(AttributeSpec.real("weight_sum", 1, "S, the sum of exp(-k²/4α) over all waves"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        WaveSums.check(call);
        double sum = call.attributes().real("weight_sum");
        require(sum > 0 && sum < 0x1p60, "weight_sum " + sum, "attribute weight_sum", "give a positive number");
        return List.of(TensorSpec.of(
                call.input("positions").dtype(), call.input("positions").shape().dim(0), 3));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        DType type = call.input("positions").dtype();
        WaveSums sums = new WaveSums(inputs, new WorkingArithmetic(contract, type), name());
        double factor = call.attributes().real("weight_sum") / Math.max(1, sums.waves());
        FormulaOracle.Formula force = at -> {
            List<Approx> terms = new ArrayList<>();
            for (int l = 0; l < sums.waves(); l++) {
                terms.add(sums.force(l, (int) at[0], (int) at[1], sums.near(factor, 4)));
            }
            return sums.sum(terms);
        };
        return new FormulaOracle(
                List.of(new FormulaOracle.Output(outputs(call).getFirst().shape(), type, force)));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(
                40.0
                        * call.input("charges").shape().elements()
                        * call.input("k").shape().elements(),
                call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 20 * cost(call).flops();
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        super.fill(call, input, dataSet);
        return WaveSums.fill(call, input);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        double sum =
                call.attributes().real("weight_sum") * call.input("k").shape().dim(0);
        return sum == 0
                ? List.of()
                : List.of(Rereading.of(call, inputs)
                        .attribute("weight_sum", new Attribute.Real(sum))
                        .as("scale", "the forces of a batch are not divided by its size"));
    }
}
