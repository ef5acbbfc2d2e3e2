package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// Gradients made shorter where all of them together are too long.
///
/// ```
/// total_norm = sqrt(sum over all elements of all gradients of g²)
/// grads_out = grads · min(1, max_norm / (total_norm + 1e-6))
/// ```
///
/// - a kernel may take the norm of all elements, or of the norms of the tensors
/// - the norm is kept in f32 for narrower gradients too, as Megatron-LM and FSDP have it; `statistics` of the contract
/// says
///   where it is not
/// - where a norm lies next to the border, gradients may stay as they are or be clipped by next to nothing
/// - an infinite norm makes zeros of finite gradients, NaN makes NaN of all
/// - source: torch.nn.utils.clip_grad_norm_ of PyTorch 2 for norm_type 2, whose 1e-6 this is
public final class ClipGradNorm extends NamedOperator {
    /// PyTorch's, which has no name there.
    private static final double ADDED = 1e-6;

    private static final Set<DType> NORMS = Signature.only(DType.F32, DType.F64);

    private final double added;

    public ClipGradNorm() {
        this(ADDED);
    }

    private ClipGradNorm(double added) {
        super(
                "clip_grad_norm",
                "",
                new About(
                        "grads_out = grads · min(1, max_norm / (total_norm + 1e-6)), total_norm = sqrt(Σ g²)",
                        "torch.nn.utils.clip_grad_norm_",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(Parameter.variadic("grads", "T", Signature.floats(), "of any shapes")),
                        List.of(
                                Parameter.required(
                                        "total_norm", "N", NORMS, "scalar; f64 for gradients of f64, otherwise f32"),
                                Parameter.variadic("grads_out", "T", Signature.floats(), "like grads")),
                        List.of(AttributeSpec.real("max_norm", 1, "longest that stays as it is, 0 or more"))));
        this.added = added;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        double longest = call.attributes().real("max_norm");
        require(longest >= 0, "max_norm is " + longest, "attribute max_norm", "give 0 or more");
        List<TensorSpec> specs = new ArrayList<>();
        specs.add(TensorSpec.of(normType(call)));
        call.members("grads").forEach(grad -> specs.add(TensorSpec.dense(grad.dtype(), grad.shape())));
        return specs;
    }

    private static DType normType(Call call) {
        return call.members("grads").getFirst().dtype() == DType.F64 ? DType.F64 : DType.F32;
    }

    private static long elements(Call call) {
        long elements = 0;
        for (TensorSpec grad : call.members("grads")) {
            elements += grad.shape().elements();
        }
        return elements;
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(3.0 * elements(call), call.tensorBytes());
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.as("epsilon", "nothing is added to the norm").by(new ClipGradNorm(0)),
                right.as("epsilon", "1e-2 is added to the norm").by(new ClipGradNorm(1e-2)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        List<Tensor> grads = new ArrayList<>();
        for (int n = 0; n < call.members("grads").size(); n++) {
            grads.add(inputs.get(Call.member("grads", n)));
        }
        LineArithmetic arithmetic =
                new LineArithmetic(contract, grads.getFirst().dtype(), elements(call));
        return new Reference(grads, arithmetic, call.attributes().real("max_norm"), added);
    }

    private static final class Reference implements Oracle {
        private final List<Tensor> grads;
        private final LineArithmetic arithmetic;
        private final Estimate norm;
        private final Estimate factor;

        Reference(List<Tensor> grads, LineArithmetic arithmetic, double longest, double added) {
            this.grads = grads;
            this.arithmetic = arithmetic;
            this.norm = norm();
            this.factor = factor(longest, added);
        }

        @Override
        public Shape shape(int output) {
            return output == 0 ? Shape.of() : grads.get(output - 1).shape();
        }

        /// All elements share the error of one norm.
        @Override
        public long cluster(int output) {
            return Math.max(1, shape(output).elements());
        }

        /// Of all elements; what the norms of the tensors err by more comes on top.
        private Estimate norm() {
            double[] norms = new double[grads.size()];
            double[] all = new double[0];
            for (int n = 0; n < norms.length; n++) {
                int count = Math.toIntExact(grads.get(n).shape().elements());
                int before = all.length;
                all = Arrays.copyOf(all, before + count);
                grads.get(n).decode(0, count, all, before);
                for (int i = before; i < all.length; i++) {
                    norms[n] += all[i] * all[i];
                }
                norms[n] = Math.sqrt(norms[n]);
            }
            Estimate whole = arithmetic.sqrt(arithmetic.sumOfSquares(all));
            if (!Double.isFinite(whole.number()) || whole.number() == 0) {
                return whole;
            }
            double stored = arithmetic.storedUnit();
            if (norms.length > 1) {
                double each = Math.hypot(arithmetic.unit(), stored);
                Estimate nested = arithmetic.sqrt(arithmetic.sumOfSquares(norms, new double[0], each));
                whole = whole.withSigma(nested.sigma()).withCertain(nested.certain());
            }
            return stored > 0 ? whole.withSigma(stored * whole.number()) : whole;
        }

        private Estimate factor(double longest, double added) {
            double size = norm.number();
            if (!Double.isFinite(size)) {
                return Estimate.exact(Double.isNaN(size) ? Double.NaN : 0);
            }
            // A constant is kept in the working type.
            double constant = arithmetic.unit() * added;
            Estimate divisor = arithmetic.plus(norm, Estimate.exact(added).withSigma(constant));
            if (divisor.number() == 0) {
                return Estimate.exact(1);
            }
            Estimate limit = Estimate.exact(longest).withSigma(arithmetic.unit() * longest);
            Estimate factor = arithmetic.divided(limit, divisor);
            double most = factor.certain() + arithmetic.lambda() * factor.sigma();
            if (factor.number() - most >= 1 && !norm.has(Estimate.NOT_FINITE)) {
                return Estimate.exact(1);
            }
            if (factor.number() > 1) {
                return new Estimate(Estimate.exact(1).value(), factor.sigma(), factor.certain(), 0, factor.doubts());
            }
            return factor;
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            if (output == 0) {
                if (region.elements() > 0) {
                    LineOracle.put(norm, into, 0);
                }
                return;
            }
            Tensor grad = grads.get(output - 1);
            for (int i = 0; i < region.elements(); i++) {
                double g = grad.get(region.number(grad.shape(), i));
                LineOracle.put(clipped(g), into, i);
            }
        }

        private Estimate clipped(double g) {
            if (norm.has(Estimate.NOT_FINITE) && Double.isFinite(norm.number())) {
                // Squares may overflow: what is then left of a gradient is 0.
                return Estimate.exact(0).doubting(Estimate.OPEN);
            }
            if (!Double.isFinite(g) || !Double.isFinite(factor.number())) {
                return Estimate.exact(g * factor.number());
            }
            return arithmetic.times(Estimate.exact(g), factor);
        }
    }
}
