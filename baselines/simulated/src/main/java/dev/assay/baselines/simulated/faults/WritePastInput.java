package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.HostBuffer;
import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The kernel pads its first input in place.
final class WritePastInput extends Fault {
    private static final long VECTOR = 32;

    WritePastInput() {
        super(
                "write-past-input",
                "M20",
                List.of("memory"),
                List.of("outside-writes"),
                "a vector is written behind the end of the first input",
                Deviation.everyOperator());
    }

    @Override
    public void after(Call call, Arguments arguments) {
        Argument input = arguments.inputs().values().iterator().next();
        if (input.buffer() instanceof HostBuffer host) {
            host.memory()
                    .asSlice(input.offset() + input.spec().byteSize(), VECTOR)
                    .fill((byte) 0);
        }
    }
}
