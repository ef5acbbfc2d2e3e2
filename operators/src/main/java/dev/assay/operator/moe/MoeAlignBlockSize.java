package dev.assay.operator.moe;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// Choices sorted by expert, each expert's run padded to whole blocks, as grouped products want them.
///
/// - `sorted_ids`: numbers `token · k + r` of the choices, of expert 0 first; the rest of each run holds the number of
///   choices; behind the last run anything. As many as there may be: `tokens · k + num_experts · (block_size - 1)`
/// - `expert_ids`: the expert of each block; behind the last run anything
/// - `num_tokens_post_pad`: the length of all runs
/// - within a run choices may stand in any order: kernels place them by atomic counters
/// - source: vLLM moe_align_block_size
public final class MoeAlignBlockSize extends Dispatch {
    public MoeAlignBlockSize() {
        super(
                "moe_align_block_size",
                new About(
                        "choices sorted by expert, runs padded to blocks",
                        "vLLM moe_align_block_size",
                        About.Errors.EXACT),
                new Signature(
                        List.of(Parameter.required("ids", "I", INDICES, "[tokens, k], experts of each token")),
                        List.of(
                                Parameter.required(
                                        "sorted_ids", "S", Signature.only(DType.I32), "choices by expert, padded"),
                                Parameter.required(
                                        "expert_ids", "E", Signature.only(DType.I32), "expert of each block"),
                                Parameter.required(
                                        "num_tokens_post_pad",
                                        "N",
                                        Signature.only(DType.I32),
                                        "[1], length with padding")),
                        List.of(
                                AttributeSpec.integer("num_experts", 8, "experts there are"),
                                AttributeSpec.integer("block_size", 16, "rows of a block"))));
    }

    private int block(Call call) {
        long block = call.attributes().integer("block_size");
        if (block < 1 || block > 1 << 20) {
            throw invalid("block_size " + block, "attribute block_size", "give a positive number of rows");
        }
        return (int) block;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        long block = block(call);
        long longest = ids(call).elements() + experts(call) * (block - 1);
        return List.of(
                TensorSpec.of(DType.I32, longest),
                TensorSpec.of(DType.I32, Math.ceilDiv(longest, block)),
                TensorSpec.of(DType.I32, 1));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(0, call.tensorBytes());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        List<TensorSpec> outputs = outputs(call);
        Assignment assignment = new Assignment(inputs.get("ids"), experts(call));
        int block = block(call);
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
                int[] starts = assignment.starts(block);
                long[] expected = output == 0 ? sortedIds(assignment, starts, device.output(0)) : new long[0];
                for (int i = 0; i < region.elements(); i++) {
                    int at = Math.toIntExact(region.number(shape(output), i));
                    if (output == 2) {
                        into.values()[i] = starts[starts.length - 1];
                    } else if ((long) at * (output == 0 ? 1 : block) >= starts[starts.length - 1]) {
                        into.mark(i, ExpectedBlock.ANY);
                    } else {
                        into.values()[i] = output == 0 ? expected[at] : expertAt(starts, at * block);
                    }
                }
            }
        };
    }

    private static int expertAt(int[] starts, int place) {
        int expert = 0;
        while (starts[expert + 1] <= place) {
            expert++;
        }
        return expert;
    }

    /// In the device's order where that is one.
    private static long[] sortedIds(Assignment assignment, int[] starts, Tensor device) {
        long[] theirs = new long[assignment.choices()];
        Arrays.fill(theirs, -1);
        int end = starts[starts.length - 1];
        for (int place = 0; place < end; place++) {
            double choice = device.get(place);
            if (choice >= 0 && choice < theirs.length && theirs[(int) choice] < 0) {
                theirs[(int) choice] = place;
            }
        }
        int[] places = assignment.places(theirs, starts);
        long[] expected = new long[end];
        Arrays.fill(expected, assignment.choices());
        for (int choice = 0; choice < places.length; choice++) {
            expected[places[choice]] = choice;
        }
        return expected;
    }
}
