package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Padding counts in the divisor.
final class MeanOverAll extends Fault {
    MeanOverAll() {
        super(
                "mean-over-all",
                "",
                List.of("bound", "exact"),
                List.of("scale"),
                "means divide by the number of all rows, whether they count or not",
                "outer_product_mean",
                "segment_reduce");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean means = call.operator().equals("outer_product_mean")
                || call.attributes().text("reduce").equals("mean");
        return !means
                ? plain
                : Operands.spoilingUnrounded(plain, "out", (found, given) -> {
                    for (long i = 0; i < found.shape().elements(); i++) {
                        found.set(i, found.get(i) * share(call, found, given, i));
                    }
                });
    }

    /// Rows that count, as a part of all.
    private static double share(Call call, Tensor found, Arguments given, long i) {
        if (!call.operator().equals("outer_product_mean")) {
            Tensor ids = given.input("segment_ids").tensor();
            long rows = ids.shape().elements();
            long segment =
                    i / Math.max(1, found.shape().elements() / found.shape().dim(0));
            long mine = 0;
            for (long e = 0; e < rows; e++) {
                mine += ids.dtype().decodeLong(ids.codeAt(ids.position(e))) == segment ? 1 : 0;
            }
            return (double) mine / (double) rows;
        }
        if (!given.inputs().containsKey("mask")) {
            return 1;
        }
        double epsilon = call.attributes().real("epsilon");
        Tensor mask = given.input("mask").tensor();
        long n = found.shape().dim(0);
        long pair = i / found.shape().dim(2) / found.shape().dim(3);
        double count = 0;
        for (long s = 0; s < mask.shape().dim(0); s++) {
            count += mask.get(s * n + pair / n) * mask.get(s * n + pair % n);
        }
        return (epsilon + count) / (epsilon + mask.shape().dim(0));
    }
}
