package dev.assay.operator.sequence;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.sequence.LinearAttention.Plan;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// Values and errors of [LinearAttention].
///
/// Each step of the recurrence rounds; what becomes of such an error follows from the recurrence itself, which is
/// linear in the state. Of a result `wᵀ S_t` (w a query, or a unit vector for the state) the derivative by what step τ
/// wrote is the vector that the transposed steps t, ..., τ + 1 make of w:
///
/// ```
/// w <- exp(g) (w - β (w·k) (erase k))
/// ```
///
/// so that with the rounding of every element of the state independent, the variance is `Σ_τ Σ_i w_i² (c u S_i)²`, and
/// what errs along the key (the sum that is taken back) counts with `(w·k)²`. The sequential order is the worst of the
/// legal ones: kernels that take chunks of tokens keep fewer partial sums. The exponent of a decay may be a difference
/// of running sums over a chunk, whose rounding counts too.
final class StateOracle implements Oracle {
    private final Plan plan;
    private final Inputs inputs;
    private final ComputeContract contract;
    private final DType input;
    private final double unit;
    private final double expError;
    private final double smallest;
    private final boolean truncates;
    private volatile boolean ready;
    private final Block[] blocks;

    /// What one output holds.
    private static final class Block {
        final double[] values;
        final double[] sigmas;
        final double[] certain;
        final double[] systematic;
        final boolean[] open;

        Block(Shape shape) {
            int count = Math.toIntExact(shape.elements());
            values = new double[count];
            sigmas = new double[count];
            certain = new double[count];
            systematic = new double[count];
            open = new boolean[count];
        }
    }

    StateOracle(Plan plan, Inputs inputs, ComputeContract contract) {
        this.plan = plan;
        this.inputs = inputs;
        this.contract = contract;
        this.input = inputs.get("query").dtype();
        DType working = new WorkingArithmetic(contract, input).type();
        this.unit = RuleConstants.roundingRms() * working.unitRoundoff();
        this.expError = 2 * contract.expUlps() * working.unitRoundoff();
        this.smallest = contract.flushesOutputs() ? working.minNormal() : working.minSubnormal();
        this.truncates = contract.accumulatorRounding() != Rounding.NEAREST_EVEN;
        this.blocks = new Block[2];
    }

    @Override
    public Shape shape(int output) {
        return output == 0 ? plan.output() : plan.state();
    }

    @Override
    public long cluster(int output) {
        return Math.max(1, plan.dv());
    }

    @Override
    public void expect(int output, Region region, Observed device, ExpectedBlock into) {
        compute();
        Block block = blocks[output];
        Shape shape = shape(output);
        for (int i = 0; i < region.elements(); i++) {
            int from = Math.toIntExact(region.number(shape, i));
            into.values()[i] = block.values[from];
            if (block.open[from]) {
                into.mark(i, ExpectedBlock.OR_NOT_FINITE);
            }
            if (Double.isFinite(block.values[from]) && (block.sigmas[from] > 0 || block.certain[from] > 0)) {
                into.allow(i, block.sigmas[from], block.certain[from]);
                into.systematic()[i] = block.systematic[from];
            }
        }
    }

    private synchronized void compute() {
        if (!ready) {
            blocks[0] = new Block(plan.output());
            blocks[1] = new Block(plan.state());
            Parallel.forEach(plan.b() * plan.g(), n -> new Head(n / plan.g(), n % plan.g()).run());
            ready = true;
        }
    }

    /// One head of keys and values of one batch.
    private final class Head {
        private final int b;
        private final int g;
        private final int dk = plan.dk();
        private final int dv = plan.dv();
        private final double[][] keys = new double[plan.t()][];
        private final double[][] erasing = new double[plan.t()][];
        private final double[][] decays = new double[plan.t()][];
        /// Variance of the relative error of a step's decay, by key dimension or one for all.
        private final double[][] decayVariances = new double[plan.t()][];

        private final double[] rates = new double[plan.t()];
        /// The state after decay, and after the update, of every step.
        private final double[][] decayed = new double[plan.t()][];

        private final double[][] states = new double[plan.t()][];
        private final double[][] written = new double[plan.t()][];
        /// Variance, and certain error, of what was written along the key.
        private final double[][] writtenVariance = new double[plan.t()][];

        private final double[][] writtenCertain = new double[plan.t()][];

        Head(int b, int g) {
            this.b = b;
            this.g = g;
        }

        private double[] row(String name, int token, int head, int heads, int width) {
            double[] row = new double[width];
            Tensor tensor = inputs.get(name);
            tensor.decode((((long) b * plan.t() + token) * heads + head) * width, width, row, 0);
            return row;
        }

        void run() {
            double[] state = new double[dk * dv];
            if (inputs.has("past_state")) {
                inputs.get("past_state").decode(((long) b * plan.g() + g) * dk * dv, dk * dv, state, 0);
            }
            boolean finite = finite(state);
            double[] exponents = new double[dk];
            for (int t = 0; t < plan.t(); t++) {
                step(t, state, exponents);
                state = states[t];
                finite &= finite(state) && finite(keys[t]);
            }
            int group = plan.h() / plan.g();
            for (int h = g * group; h < (g + 1) * group; h++) {
                for (int t = 0; t < plan.t(); t++) {
                    double[] q = row("query", t, h, plan.h(), dk);
                    finite &= finite(q);
                    Arrays.setAll(q, i -> q[i] * plan.scale());
                    int at = ((b * plan.t() + t) * plan.h() + h) * dv;
                    result(q, t, blocks[0], at, true, !finite);
                }
            }
            for (int i = 0; i < dk; i++) {
                int at = ((b * plan.g() + g) * dk + i) * dv;
                if (plan.t() == 0) {
                    System.arraycopy(state, i * dv, blocks[1].values, at, dv);
                    continue;
                }
                double[] one = new double[dk];
                one[i] = 1;
                result(one, plan.t() - 1, blocks[1], at, false, !finite);
            }
            // A kernel that takes chunks multiplies by zeros what a token may not see.
            if (!finite) {
                for (int h = g * group; h < (g + 1) * group; h++) {
                    for (int t = 0; t < plan.t(); t++) {
                        int at = ((b * plan.t() + t) * plan.h() + h) * dv;
                        Arrays.fill(blocks[0].open, at, at + dv, true);
                    }
                }
            }
        }

        private static boolean finite(double[] values) {
            boolean finite = true;
            for (double value : values) {
                finite &= Math.abs(value) <= Float.MAX_VALUE;
            }
            return finite;
        }

        private void step(int t, double[] before, double[] exponents) {
            keys[t] = row("key", t, g, plan.g(), dk);
            erasing[t] = keys[t].clone();
            if (inputs.has("erase_gate")) {
                double[] gate = row("erase_gate", t, g, plan.g(), dk);
                Arrays.setAll(erasing[t], i -> gate[i] * keys[t][i]);
            }
            decay(t, exponents);
            double[] after = new double[dk * dv];
            for (int i = 0; i < dk; i++) {
                for (int m = 0; m < dv; m++) {
                    after[i * dv + m] = decays[t][i] * before[i * dv + m];
                }
            }
            decayed[t] = after;
            double[] value = row("value", t, g, plan.g(), dv);
            double[] variance = new double[dv];
            double[] certain = new double[dv];
            if (plan.delta()) {
                correct(t, after, value, variance, certain);
            }
            double[] next = after.clone();
            for (int i = 0; i < dk; i++) {
                for (int m = 0; m < dv; m++) {
                    next[i * dv + m] += keys[t][i] * value[m];
                }
            }
            states[t] = next;
            written[t] = value;
            writtenVariance[t] = variance;
            writtenCertain[t] = certain;
        }

        private void decay(int t, double[] exponents) {
            decays[t] = new double[dk];
            Arrays.fill(decays[t], 1);
            decayVariances[t] = new double[0];
            if (!plan.gated()) {
                return;
            }
            Tensor decay = inputs.get("decay");
            boolean perHead = decay.shape().dim(2) == plan.g();
            double[] exponent = row("decay", t, g, plan.g(), perHead ? 1 : dk);
            decayVariances[t] = new double[exponent.length];
            for (int i = 0; i < dk; i++) {
                double x = exponent[perHead ? 0 : i];
                exponents[i] = t % plan.chunk() == 0 ? x : exponents[i] + x;
                decays[t][i] = Math.exp(x);
                decayVariances[t][perHead ? 0 : i] =
                        square(RuleConstants.roundingRms() * expError) + square(unit * exponents[i]);
            }
        }

        /// Takes back what the state already answers to the key.
        private void correct(int t, double[] after, double[] value, double[] variance, double[] certain) {
            Tensor beta = inputs.get("beta");
            boolean common = beta.shape().dim(2) == 1;
            double rate = row("beta", t, common ? 0 : g, common ? 1 : plan.g(), 1)[0];
            rates[t] = rate;
            Accumulation sums = new Accumulation(contract, input, dk);
            for (int m = 0; m < dv; m++) {
                double sum = 0;
                double squares = 0;
                for (int i = 0; i < dk; i++) {
                    double term = after[i * dv + m] * erasing[t][i];
                    sum += term;
                    squares += term * term;
                }
                double difference = value[m] - sum;
                value[m] = rate * difference;
                double ofKeys = inputs.has("erase_gate") ? 2 : 1;
                variance[m] = rate
                                * rate
                                * (sums.variance(sum, squares)
                                        + ofKeys * square(unit) * squares
                                        + square(unit * difference))
                        + square(unit * value[m]);
                certain[m] = Math.abs(rate) * sums.deterministic(sum, squares);
            }
        }

        /// What `wᵀ S_t` is and may err by.
        private void result(double[] w, int last, Block into, int at, boolean summed, boolean open) {
            double[] weights = w.clone();
            double[] variance = new double[dv];
            double[] certain = new double[dv];
            double[] systematic = new double[dv];
            if (summed) {
                Accumulation sums = new Accumulation(contract, input, dk);
                for (int m = 0; m < dv; m++) {
                    double sum = 0;
                    double squares = 0;
                    for (int i = 0; i < dk; i++) {
                        double term = w[i] * states[last][i * dv + m];
                        sum += term;
                        squares += term * term;
                    }
                    into.values[at + m] = sum;
                    variance[m] = sums.variance(sum, squares) + 2 * square(unit * sum) + square(unit) * squares;
                    certain[m] = sums.deterministic(sum, squares);
                }
            } else {
                for (int i = 0; i < dk; i++) {
                    for (int m = 0; m < dv && w[i] != 0; m++) {
                        into.values[at + m] += w[i] * states[last][i * dv + m];
                    }
                }
            }
            for (int t = last; t >= 0; t--) {
                back(t, weights, variance, certain, systematic);
            }
            for (int m = 0; m < dv; m++) {
                into.sigmas[at + m] = Math.sqrt(variance[m]);
                into.certain[at + m] = certain[m];
                into.systematic[at + m] = systematic[m];
                into.open[at + m] = open;
            }
        }

        /// Adds what step t contributes, and takes the weights to the step before.
        private void back(int t, double[] w, double[] variance, double[] certain, double[] systematic) {
            double[] state = states[t];
            double along = 0;
            for (int i = 0; i < dk; i++) {
                along += w[i] * keys[t][i];
                if (w[i] == 0) {
                    continue;
                }
                double squared = square(unit * w[i]);
                for (int m = 0; m < dv; m++) {
                    variance[m] += squared * (square(keys[t][i] * written[t][m]) + square(state[i * dv + m]));
                    certain[m] += Math.abs(w[i]) * smallest;
                    if (truncates) {
                        certain[m] += Math.abs(w[i] * state[i * dv + m]) * 2 * unit / RuleConstants.roundingRms();
                    }
                }
            }
            for (int m = 0; m < dv; m++) {
                variance[m] += square(along) * writtenVariance[t][m];
                certain[m] += Math.abs(along) * writtenCertain[t][m];
            }
            if (plan.delta()) {
                for (int i = 0; i < dk; i++) {
                    w[i] -= rates[t] * along * erasing[t][i];
                }
            }
            if (plan.gated()) {
                decayed(t, w, variance, systematic);
                for (int i = 0; i < dk; i++) {
                    w[i] *= decays[t][i];
                }
            }
        }

        private void decayed(int t, double[] w, double[] variance, double[] systematic) {
            double[] state = decayed[t];
            double[] shift = new double[dv];
            double[] sum = new double[dv];
            for (int i = 0; i < dk; i++) {
                if (w[i] == 0) {
                    continue;
                }
                double own = square(unit) + (decayVariances[t].length > 1 ? decayVariances[t][i] : 0);
                for (int m = 0; m < dv; m++) {
                    double part = w[i] * state[i * dv + m];
                    variance[m] += own * part * part;
                    sum[m] += part;
                    shift[m] += Math.abs(part);
                }
            }
            boolean common = decayVariances[t].length == 1;
            for (int m = 0; m < dv; m++) {
                variance[m] += common ? decayVariances[t][0] * sum[m] * sum[m] : 0;
                systematic[m] += expError * (common ? Math.abs(sum[m]) : shift[m]);
            }
        }
    }

    private static double square(double x) {
        return x * x;
    }
}
