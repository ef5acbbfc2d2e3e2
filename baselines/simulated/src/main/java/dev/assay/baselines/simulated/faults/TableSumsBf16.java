package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.VectorUnits;
import dev.assay.tensor.DType;
import java.util.List;

/// Atomic additions to a table in bf16 stop where a term is less than half an ulp.
final class TableSumsBf16 extends Fault {
    TableSumsBf16() {
        super(
                "table-sums-bf16",
                "M01",
                List.of("bound", "exact", "rms", "bias"),
                List.of("narrow-accumulator", "overflow"),
                "the rows of tokens with one id are added up in bf16",
                "embedding_grad");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.narrow(DType.BF16));
    }
}
