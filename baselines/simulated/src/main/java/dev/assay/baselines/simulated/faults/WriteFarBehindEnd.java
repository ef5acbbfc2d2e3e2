package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.HostBuffer;
import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A store of the next tile goes through although it lies outside.
final class WriteFarBehindEnd extends Fault {
    private static final long DISTANCE = 64;

    WriteFarBehindEnd() {
        super(
                "write-far-behind-end",
                "M20",
                List.of("memory"),
                List.of("outside-writes"),
                "an element is written 64 bytes behind the end of the first output",
                Deviation.everyOperator());
    }

    @Override
    public void after(Call call, Arguments arguments) {
        Argument output = arguments.outputs().values().iterator().next();
        if (output.buffer() instanceof HostBuffer host) {
            long end = output.offset() + output.spec().byteSize();
            host.memory()
                    .asSlice(end + DISTANCE, output.spec().dtype().bytes(1))
                    .fill((byte) 0);
        }
    }
}
