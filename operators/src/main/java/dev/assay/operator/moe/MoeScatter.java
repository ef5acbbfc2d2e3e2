package dev.assay.operator.moe;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
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

/// Rows of tokens brought to their experts: `rows[positions[t, r]] = X[t]`, the rows of expert 0 first.
///
/// - `offsets`: where each expert's rows begin, and the number of all rows
/// - within an expert's run rows may stand in any order, and `positions` says in which
/// - source: xpu-perf moe_scatter; vLLM moe_permute
public final class MoeScatter extends Dispatch {
    private static final int ROWS = 0;
    private static final int OFFSETS = 1;
    private static final int POSITIONS = 2;

    /// Whether an expert that nobody chose starts at 0.
    private final boolean emptyAtZero;

    public MoeScatter() {
        this(false);
    }

    private MoeScatter(boolean emptyAtZero) {
        super(
                "moe_scatter",
                new About(
                        "rows[positions[t, r]] = X[t], sorted by ids[t, r]",
                        "vLLM moe_permute; xpu-perf moe_scatter",
                        About.Errors.EXACT),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.all(), "[tokens, hidden]"),
                                Parameter.required("ids", "I", INDICES, "[tokens, k], experts of each token")),
                        List.of(
                                Parameter.required("rows", "T", Signature.all(), "[tokens · k, hidden], by expert"),
                                Parameter.required(
                                        "offsets",
                                        "O",
                                        Signature.only(DType.I32),
                                        "[num_experts + 1], begin of each run"),
                                Parameter.required(
                                        "positions",
                                        "P",
                                        Signature.only(DType.I32),
                                        "[tokens, k], row of each choice")),
                        List.of(AttributeSpec.integer("num_experts", 8, "experts there are"))));
        this.emptyAtZero = emptyAtZero;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("misplaced", "an expert that nobody chose starts at 0")
                .by(new MoeScatter(true)));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape ids = ids(call);
        TensorSpec x = call.input("X");
        if (x.shape().rank() != 2 || x.shape().dim(0) != ids.dim(0)) {
            throw invalid("X " + x.shape() + " and ids " + ids, "input X", "give one row to a token");
        }
        return List.of(
                TensorSpec.of(x.dtype(), ids.elements(), x.shape().dim(1)),
                TensorSpec.of(DType.I32, experts(call) + 1L),
                TensorSpec.dense(DType.I32, ids));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(0, call.tensorBytes());
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return List.of(new Probe("codes", false, "some values of the type are not copied as they are"));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        List<TensorSpec> outputs = outputs(call);
        Assignment assignment = new Assignment(inputs.get("ids"), experts(call));
        Tensor x = inputs.get("X");
        int k = Math.toIntExact(ids(call).dim(1));
        return new Oracle() {
            @Override
            public Shape shape(int output) {
                return outputs.get(output).shape();
            }

            @Override
            public long cluster(int output) {
                return 1;
            }

            @Override
            public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                if (!assignment.isValid()) {
                    open(region, into);
                    return;
                }
                int[] starts = assignment.starts(1);
                int[] places = output == OFFSETS ? new int[0] : places(assignment, starts, device.output(POSITIONS));
                int[] tokens = output == ROWS ? tokens(places, k) : new int[0];
                for (int i = 0; i < region.elements(); i++) {
                    long at = region.number(shape(output), i);
                    switch (output) {
                        case ROWS -> {
                            long hidden = x.shape().dim(1);
                            copy(x, tokens[(int) (at / hidden)] * hidden + at % hidden, i, into);
                        }
                        case OFFSETS -> {
                            boolean empty = at + 1 < starts.length && starts[(int) at] == starts[(int) at + 1];
                            into.values()[i] = empty && emptyAtZero ? 0 : starts[(int) at];
                        }
                        default -> into.values()[i] = places[(int) at];
                    }
                }
            }
        };
    }

    private static void copy(Tensor x, long number, int i, ExpectedBlock into) {
        if (x.dtype().bits() == 64 && !x.dtype().isFloat()) {
            into.setInteger(i, x.codeAt(x.position(number)), x.dtype());
        } else {
            into.values()[i] = x.get(number);
        }
    }

    private static int[] places(Assignment assignment, int[] starts, Tensor device) {
        long[] theirs = new long[assignment.choices()];
        Arrays.setAll(theirs, i -> (long) device.get(i));
        return assignment.places(theirs, starts);
    }

    private static int[] tokens(int[] places, int k) {
        int[] tokens = new int[places.length];
        for (int i = 0; i < places.length; i++) {
            tokens[places[i]] = i / k;
        }
        return tokens;
    }
}
