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

/// The part of Ewald's sum in reciprocal space, over some waves of a periodic box, in Gaussian units.
///
/// ```
/// ρ(k) = Σ_j q_j exp(i k·x_j), k = 2π m / L
/// energy = 2π/V Σ_k exp(-k²/4α) / k² |ρ(k)|²
/// forces[i] = -Σ_k 4π q_i k / (V k²) exp(-k²/4α) Im(exp(-i k·x_i) ρ(k))
/// ```
///
/// - inputs: `positions [n,3]`, `charges [n]`, `box [3]`, `k [p,3]`: whole numbers m, each wave that
///   counts, its opposite too
/// - outputs: `energy [1]`, `forces [n,3]`
/// - source: Frenkel and Smit, Understanding Molecular Simulation, 2nd edition, 2002, equation 12.1.16;
///   forces as in Jin, Li, Xu and Zhao, SIAM J. Sci. Comput. 43, 2021, equation 2.12
public final class EwaldReciprocal extends NamedOperator {
    public EwaldReciprocal() {
        super(
                "ewald_reciprocal",
                "",
                new About(
                        "energy = 2π/V Σ_k exp(-k²/4α) / k² |ρ(k)|², with forces",
                        "Frenkel and Smit 2002, equation 12.1.16; Jin et al. 2021, equation 2.12",
                        About.Errors.COMPOSITE),
                new Signature(
                        WaveSums.inputs(),
                        List.of(
                                Parameter.required("energy", "T", Signature.floats(), "[1]"),
                                Parameter.required("forces", "T", Signature.floats(), "[n,3]")),
                        List.of(AttributeSpec.real("alpha", 1, "splitting parameter, in 1 / length²"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        WaveSums.check(call);
        double alpha = call.attributes().real("alpha");
        require(alpha > 0 && alpha < 0x1p60, "alpha " + alpha, "attribute alpha", "give a positive number");
        DType type = call.input("positions").dtype();
        return List.of(
                TensorSpec.of(type, 1),
                TensorSpec.of(type, call.input("positions").shape().dim(0), 3));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        DType type = call.input("positions").dtype();
        List<TensorSpec> specs = outputs(call);
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, type);
        WaveSums sums = new WaveSums(inputs, arithmetic, name());
        double alpha = call.attributes().real("alpha");
        FormulaOracle.Formula energy = at -> {
            List<Approx> terms = new ArrayList<>();
            for (int l = 0; l < sums.waves(); l++) {
                List<Approx> density = sums.density(l);
                Approx square = density.get(0).squared().plus(density.get(1).squared());
                Approx constant = sums.near(2 * Math.PI / (sums.volume() * sums.square(l)), 16);
                terms.add(square.times(constant).times(weight(sums, l, alpha)));
            }
            return sums.sum(terms);
        };
        FormulaOracle.Formula force = at -> {
            List<Approx> terms = new ArrayList<>();
            for (int l = 0; l < sums.waves(); l++) {
                terms.add(sums.force(l, (int) at[0], (int) at[1], weight(sums, l, alpha)));
            }
            return sums.sum(terms);
        };
        return new FormulaOracle(List.of(
                new FormulaOracle.Output(specs.get(0).shape(), type, energy),
                new FormulaOracle.Output(specs.get(1).shape(), type, force)));
    }

    private static Approx weight(WaveSums sums, int wave, double alpha) {
        return sums.near(-sums.square(wave) / (4 * alpha), 12).exp();
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
        double alpha = call.attributes().real("alpha");
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.attribute("alpha", new Attribute.Real(0x1p40))
                        .as("attribute", "waves are not weighted by a Gaussian"),
                right.attribute("alpha", new Attribute.Real(alpha * alpha))
                        .as("attribute", "alpha is squared: it is in 1 / length elsewhere"));
    }
}
