package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The loop over columns ends one too early.
final class LastColumnUnprocessed extends Fault {
    LastColumnUnprocessed() {
        super(
                "last-column-unprocessed",
                "",
                List.of("relation", "exact", "bound"),
                List.of("terms-missing"),
                "the last column is copied and not worked out",
                "cholesky",
                "lu_factor",
                "qr");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        String factor = call.operator().equals("qr") ? "R" : call.operator().equals("cholesky") ? "L" : "LU";
        boolean upper = call.operator().equals("cholesky") && call.attributes().integer("upper") != 0;
        return Operands.spoiling(plain, factor, (tensor, given) -> {
            Tensor a = given.input("A").tensor();
            long rows = tensor.shape().dim(-2);
            long columns = tensor.shape().dim(-1);
            long all = a.shape().dim(-2);
            for (long i = 0; i < tensor.shape().elements(); i++) {
                long matrix = i / columns / rows;
                long row = i / columns % rows;
                // Of a factor that is lower triangular the last column has one element; of others it is full.
                boolean full = upper || !factor.equals("L");
                boolean last = full ? i % columns == columns - 1 : row == rows - 1 && row == i % columns;
                if (last) {
                    long from = (matrix * all + row) * columns + i % columns;
                    tensor.set(i, a.get(from));
                }
            }
        });
    }
}
