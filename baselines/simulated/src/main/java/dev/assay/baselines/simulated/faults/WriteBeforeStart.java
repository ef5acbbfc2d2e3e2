package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.HostBuffer;
import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// An element is written before the start of the first output.
final class WriteBeforeStart extends Fault {
    WriteBeforeStart() {
        super(
                "write-before-start",
                "M20",
                List.of("memory"),
                List.of("outside-writes"),
                "an element is written before the start of the first output",
                Deviation.everyOperator());
    }

    @Override
    public void after(Call call, Arguments arguments) {
        Argument output = arguments.outputs().values().iterator().next();
        if (output.buffer() instanceof HostBuffer host) {
            long bytes = output.spec().dtype().bytes(1);
            host.memory().asSlice(output.offset() - bytes, bytes).fill((byte) 0);
        }
    }
}
