package dev.assay.operator.optimizer;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The step of Muon that brings all singular values of an update near 1.
///
/// ```
/// X = G / (norm(G) + 1e-7), turned on its side where it is higher than wide
/// five times: A = X · Xᵀ, B = b · A + c · A · A, X = a · X + B · X
/// ```
///
/// - `a`, `b`, `c` are 3.4445, -4.7750, 2.0315: the singular values end between 0.7 and 1.2 and do not converge
/// - `compute` is the type in which matrices are kept between products, bf16 in Jordan's code
/// - the exact recurrence is the reference. What a device rounds in a step is carried on by the steps behind it as
///   [NewtonSchulzErrors] has it
/// - a matrix of zeros stays one; what is not finite leaves all open
/// - source: Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024, zeropower_via_newtonschulz5
public final class MuonNewtonSchulz extends NamedOperator {
    /// Jordan's.
    private static final double ADDED = 1e-7;

    private static final double A = 3.4445;
    private static final double B = -4.7750;
    private static final double C = 2.0315;

    public MuonNewtonSchulz() {
        super(
                "muon_newton_schulz",
                "",
                new About(
                        "X = G / (norm(G) + 1e-7); steps times X = a · X + (b · A + c · A · A) · X with A = X · Xᵀ",
                        "Jordan et al. 2024, Muon",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(Parameter.required("G", "T", Signature.floats(), "[m, n], an update")),
                        List.of(Parameter.required("X", "T", Signature.floats(), "like G")),
                        List.of(
                                AttributeSpec.integer("steps", 5, "how many, from 1 to 10"),
                                AttributeSpec.real("a", A, "coefficient of X"),
                                AttributeSpec.real("b", B, "coefficient of X · Xᵀ · X"),
                                AttributeSpec.real("c", C, "coefficient of X · Xᵀ · X · Xᵀ · X"),
                                new AttributeSpec(
                                        "compute",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("bf16")),
                                        "type between products: bf16 or f32"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec g = call.input("G");
        require(g.shape().rank() == 2, "G is " + g, "input G", "give it two dimensions");
        long steps = call.attributes().integer("steps");
        require(steps >= 1 && steps <= 10, "steps is " + steps, "attribute steps", "give 1 to 10");
        String compute = call.attributes().text("compute");
        require(
                compute.equals("bf16") || compute.equals("f32"),
                "compute is '" + compute + "'",
                "attribute compute",
                "give bf16 or f32");
        return List.of(TensorSpec.dense(g.dtype(), g.shape()));
    }

    private static double multiplications(Call call) {
        Shape g = call.input("G").shape();
        double least = Math.min(g.dim(0), g.dim(1));
        double most = Math.max(g.dim(0), g.dim(1));
        return call.attributes().integer("steps") * (2 * least * least * most + least * least * least);
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(2 * multiplications(call), call.tensorBytes());
    }

    /// The errors of each step are carried through all steps behind it, in a basis of singular vectors.
    @Override
    public double referenceFlops(Call call) {
        return 20 * multiplications(call);
    }

    /// Fewer steps, and the polynomial whose steps converge.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        long steps = call.attributes().integer("steps");
        Misreading converging = right.attribute("a", new Attribute.Real(1.875))
                .attribute("b", new Attribute.Real(-1.25))
                .attribute("c", new Attribute.Real(0.375))
                .as("attribute", "the coefficients are those that converge");
        return steps == 1
                ? List.of(converging)
                : List.of(
                        converging,
                        right.attribute("steps", new Attribute.Int(steps - 1))
                                .as("off-by-one", "the last step is missing"));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs.get("G"), contract);
    }

    private static final class Reference implements Oracle {
        private final Shape shape;
        private final boolean turned;
        private final boolean open;
        private final Dense value;
        private final Dense sigma;
        private final Dense certain;

        Reference(Call call, Tensor g, ComputeContract contract) {
            this.shape = g.shape();
            int rows = Math.toIntExact(shape.dim(0));
            int columns = Math.toIntExact(shape.dim(1));
            double[] values = new double[rows * columns];
            g.decode(0, values.length, values, 0);
            Dense given = new Dense(rows, columns, values);
            this.turned = rows > columns;
            this.open = !Arrays.stream(values).allMatch(Double::isFinite);
            Dense x = turned ? given.transposed() : given;
            double norm = x.norm();
            if (open || norm == 0) {
                this.value = x;
                this.sigma = Dense.zeros(x.rows(), x.columns());
                this.certain = sigma;
                return;
            }
            DType kept = call.attributes().text("compute").equals("bf16") ? DType.BF16 : DType.F32;
            DType sums = contract.accumulatorType(kept);
            double unit = RuleConstants.roundingRms() * kept.unitRoundoff();
            Accumulation summing = new Accumulation(contract, kept, Math.max(1, x.columns()));
            NewtonSchulzErrors errors = new NewtonSchulzErrors(
                    x.scaled(1 / (norm + ADDED)),
                    new double[] {
                        call.attributes().real("a"),
                        call.attributes().real("b"),
                        call.attributes().real("c")
                    },
                    Math.toIntExact(call.attributes().integer("steps")),
                    unit,
                    Math.sqrt(summing.variance(0, 1)),
                    Math.sqrt(summing.variance(1, 0)));
            // The norm is rounded, and what is added to it; its sum's own error is small beside.
            double scale = 2 * kept.unitRoundoff() + Math.sqrt(x.values().length) * sums.unitRoundoff();
            this.value = errors.result();
            this.sigma = errors.sigma();
            this.certain = errors.scaleDerivative().map(y -> scale * Math.abs(y));
        }

        @Override
        public Shape shape(int output) {
            return shape;
        }

        /// Errors of early steps go everywhere.
        @Override
        public long cluster(int output) {
            return Math.max(1, shape.elements());
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            for (int i = 0; i < region.elements(); i++) {
                long[] at = region.coordinates(i);
                int row = (int) (turned ? at[1] : at[0]);
                int column = (int) (turned ? at[0] : at[1]);
                into.values()[i] = value.at(row, column);
                if (open) {
                    into.mark(i, ExpectedBlock.ANY);
                } else if (sigma.at(row, column) > 0) {
                    into.allow(i, sigma.at(row, column), certain.at(row, column));
                }
            }
        }
    }
}
