package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.HostBuffer;
import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// One vector too many is written behind the end of the first output.
final class WritePastEnd extends Fault {
    WritePastEnd() {
        super(
                "write-past-end",
                "M20",
                List.of("memory"),
                List.of("outside-writes"),
                "a vector is written behind the end of the first output",
                Deviation.everyOperator());
    }

    private static final long VECTOR = 32;

    @Override
    public void after(Call call, Arguments arguments) {
        Argument output = arguments.outputs().values().iterator().next();
        if (output.buffer() instanceof HostBuffer host) {
            host.memory()
                    .asSlice(output.offset() + output.spec().byteSize(), VECTOR)
                    .fill((byte) 0);
        }
    }
}
