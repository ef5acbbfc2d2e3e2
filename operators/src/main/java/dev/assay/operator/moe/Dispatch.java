package dev.assay.operator.moe;

import dev.assay.backend.Call;
import dev.assay.operator.About;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import java.util.Set;

/// Base of the operators that sort choices by expert: they take `ids [tokens, k]` and the attribute `num_experts`.
abstract class Dispatch extends NamedOperator {
    static final Set<DType> INDICES = Signature.only(DType.I32, DType.I64);

    Dispatch(String name, About about, Signature signature) {
        super(name, "", about, signature);
    }

    /// The number of experts. Throws [InvalidCallException].
    final int experts(Call call) {
        long experts = call.attributes().integer("num_experts");
        if (experts < 1 || experts > 1 << 20) {
            throw invalid("num_experts " + experts, "attribute num_experts", "give how many experts there are");
        }
        return (int) experts;
    }

    /// The shape of `ids`. Throws [InvalidCallException] unless it has two dimensions.
    final Shape ids(Call call) {
        Shape ids = call.input("ids").shape();
        if (ids.rank() != 2) {
            throw invalid("ids " + ids, "input ids", "give them the shape [tokens, k]");
        }
        return ids;
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return input.equals("ids") ? Fills.of("integers", 0, experts(call) - 1.0) : super.fill(call, input, dataSet);
    }

    /// Leaves a box open.
    static void open(Region region, ExpectedBlock into) {
        for (int i = 0; i < region.elements(); i++) {
            into.mark(i, ExpectedBlock.ANY);
        }
    }
}
