package dev.assay.operator.moe;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.RowOracle;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// Base of the operators that choose `k` experts for each token: inputs begin with `logits [T, E]`, outputs are
/// `weights [T, k]` and `ids [T, k]`.
abstract class Router extends NamedOperator {
    static final int WEIGHTS = 0;
    static final int IDS = 1;
    static final Set<DType> LOGITS = Signature.only(DType.F32, DType.F16, DType.BF16);

    Router(String name, About about, Signature signature) {
        super(name, "", about, signature);
    }

    static int experts(Call call) {
        return Math.toIntExact(call.input("logits").shape().dim(1));
    }

    static int chosen(Call call) {
        return Math.toIntExact(call.attributes().integer("k"));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape logits = call.input("logits").shape();
        if (logits.rank() != 2) {
            throw invalid("logits " + logits, "input logits", "give them the shape [tokens, experts]");
        }
        long k = call.attributes().integer("k");
        if (k < 1 || k > logits.dim(1)) {
            throw invalid(
                    "k " + k + " of " + logits.dim(1) + " experts",
                    "attribute k",
                    "give a number from 1 to the number of experts");
        }
        Shape chosen = Shape.of(logits.dim(0), k);
        return List.of(TensorSpec.dense(DType.F32, chosen), TensorSpec.dense(DType.I32, chosen));
    }

    /// An exponential, a few steps and a few comparisons for each expert.
    @Override
    public Cost cost(Call call) {
        return new Cost(10.0 * call.input("logits").shape().elements(), call.tensorBytes());
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return input.equals("logits") ? super.fill(call, input, dataSet) : Fills.of("uniform", -0.5, 0.5);
    }

    /// One token, given what the device chose for it.
    abstract static class Reference extends RowOracle {
        private final Shape shape;
        private final int k;
        private final Tensor logits;

        Reference(Call call, Tensor logits) {
            this.k = Router.chosen(call);
            this.shape = Shape.of(logits.shape().dim(0), k);
            this.logits = logits;
        }

        @Override
        public final Shape shape(int output) {
            return shape;
        }

        final double[] logits(long token) {
            double[] row = new double[Math.toIntExact(logits.shape().dim(1))];
            logits.decode(token * row.length, row.length, row, 0);
            return row;
        }

        final long[] chosen(long token, Observed device) {
            Tensor ids = device.output(IDS);
            long[] chosen = new long[k];
            for (int r = 0; r < k; r++) {
                chosen[r] = (long) ids.get(token * k + r);
            }
            return chosen;
        }

        /// A row of which nothing can be said.
        static Row open() {
            return (output, column, into, to) -> into.mark(to, ExpectedBlock.ANY);
        }

        static void write(Approx weight, ExpectedBlock into, int to) {
            into.values()[to] = weight.value();
            double certain = weight.errorBefore(DType.F32);
            if (certain > 0 && Double.isFinite(weight.value())) {
                into.allow(to, 0, certain);
            }
        }
    }
}
