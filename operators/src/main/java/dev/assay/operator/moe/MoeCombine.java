package dev.assay.operator.moe;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.RowOracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Results of experts brought back to their tokens: `Y[t] = sum over r of weights[t, r] · rows[positions[t, r]]`.
///
/// - a negative position adds nothing: its choice was dropped, or lies on another device
/// - a position beyond the rows leaves its token open
/// - source: vLLM moe_unpermute and moe_sum
public final class MoeCombine implements Operator {
    private static final Set<DType> ROWS = Signature.only(DType.F32, DType.F16, DType.BF16);

    @Override
    public String name() {
        return "moe_combine";
    }

    @Override
    public About about() {
        return new About(
                "Y[t] = sum over r of weights[t, r] · rows[positions[t, r]]",
                "vLLM moe_unpermute",
                About.Errors.REDUCTION);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("rows", "T", ROWS, "[rows, hidden], results of experts"),
                        Parameter.required("weights", "W", Signature.only(DType.F32), "[tokens, k]"),
                        Parameter.required(
                                "positions",
                                "P",
                                Signature.only(DType.I32, DType.I64),
                                "[tokens, k], row of each choice; negative for none")),
                List.of(Parameter.required("Y", "T", ROWS, "[tokens, hidden]")),
                List.of());
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape rows = call.input("rows").shape();
        Shape positions = call.input("positions").shape();
        if (rows.rank() != 2) {
            throw new InvalidCallException("rows " + rows, "moe_combine, input rows", "give them two dimensions");
        }
        if (positions.rank() != 2 || !positions.equals(call.input("weights").shape())) {
            throw new InvalidCallException(
                    "positions " + positions + " and weights "
                            + call.input("weights").shape(),
                    "moe_combine, input positions",
                    "give both the shape [tokens, k]");
        }
        return List.of(TensorSpec.of(call.input("rows").dtype(), positions.dim(0), rows.dim(1)));
    }

    @Override
    public Cost cost(Call call) {
        double choices = (double) call.input("positions").shape().elements();
        return new Cost(2 * choices * call.input("rows").shape().dim(1), call.tensorBytes());
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        long rows = call.input("rows").shape().dim(0);
        return input.equals("positions")
                // Each row once, as a dispatch leaves them, and one choice that was dropped.
                ? Fills.of("distinct", -1, (double) Math.max(0, rows - 1))
                : Operator.super.fill(call, input, dataSet);
    }

    /// Choices that are left out: all but the last, as where rows are stored and not added, or one of them.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>();
        Tensor weights = inputs.get("weights");
        long k = weights.shape().rank() < 2 ? 1 : weights.shape().dim(1);
        for (long place = 0; place < Math.min(k, 16) && k > 1; place++) {
            long one = place;
            Rereading right = Rereading.of(call, inputs);
            all.add(right.input("weights", weights.dtype(), weights.shape(), n -> n % k == one ? weights.get(n) : 0)
                    .as("terms-missing", "of the rows of a token only choice " + one + " counts"));
            all.add(right.input("weights", weights.dtype(), weights.shape(), n -> n % k == one ? 0 : weights.get(n))
                    .as("terms-missing", "choice " + one + " of a token is left out"));
        }
        return all;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(outputs(call).getFirst().shape(), inputs, contract);
    }

    private static final class Reference extends RowOracle {
        private final Shape shape;
        private final Tensor rows;
        private final Tensor weights;
        private final Tensor positions;
        private final int k;
        private final Accumulation sums;
        private final double lambda;

        Reference(Shape shape, Inputs inputs, ComputeContract contract) {
            this.shape = shape;
            this.rows = inputs.get("rows");
            this.weights = inputs.get("weights");
            this.positions = inputs.get("positions");
            this.k = Math.toIntExact(positions.shape().dim(1));
            this.sums = new Accumulation(contract, rows.dtype(), k);
            this.lambda = RuleConstants.lambda(shape.elements());
        }

        @Override
        public Shape shape(int output) {
            return shape;
        }

        @Override
        protected Row row(long token, Observed device) {
            int hidden = Math.toIntExact(shape.dim(1));
            double[] values = new double[hidden];
            double[] squares = new double[hidden];
            double[] result = new double[hidden];
            for (int r = 0; r < k; r++) {
                double position = positions.get(token * k + r);
                if (position >= rows.shape().dim(0)) {
                    return (output, column, into, to) -> into.mark(to, ExpectedBlock.ANY);
                }
                if (position >= 0) {
                    double weight = weights.get(token * k + r);
                    rows.decode(((long) position) * hidden, hidden, values, 0);
                    for (int c = 0; c < hidden; c++) {
                        double term = weight * values[c];
                        result[c] += term;
                        squares[c] += Double.isFinite(term) ? term * term : 0;
                    }
                }
            }
            return (output, column, into, to) -> {
                double y = result[column];
                double q = squares[column];
                into.values()[to] = y;
                if (sums.mayOverflow(q)) {
                    into.mark(to, ExpectedBlock.OR_NOT_FINITE);
                }
                if (!Double.isFinite(y) || q == 0) {
                    return;
                }
                double sigma = Math.sqrt(sums.variance(y, q));
                double certain = sums.deterministic(y, q);
                double worst = sums.worstCase(q);
                if (worst < certain + lambda * sigma) {
                    into.allow(to, 0, worst);
                } else {
                    into.allow(to, sigma, certain);
                }
            };
        }
    }
}
