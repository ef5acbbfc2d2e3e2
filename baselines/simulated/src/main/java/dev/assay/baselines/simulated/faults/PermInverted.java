package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;
import java.util.stream.LongStream;

/// A permutation says where dimensions go, or where they come from.
final class PermInverted extends Fault {
    PermInverted() {
        super(
                "perm-inverted",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "dimensions are exchanged by the inverse permutation",
                "transpose");
    }

    @Override
    public Call misread(Call call) {
        if (!call.attributes().has("perm")) {
            return call;
        }
        List<Long> perm = call.attributes().integers("perm");
        return Calls.attribute(
                call,
                "perm",
                new Attribute.Ints(LongStream.range(0, perm.size())
                        .mapToObj(axis -> (long) perm.indexOf(axis))
                        .toList()));
    }
}
