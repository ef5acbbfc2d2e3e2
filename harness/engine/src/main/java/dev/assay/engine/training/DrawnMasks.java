package dev.assay.engine.training;

import dev.assay.backend.Call;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// What a device draws in a step, handed to its twins as soon as it is there.
final class DrawnMasks implements DeviceTraining.Watcher {
    private final Tape tape;
    private final DeviceTraining device;
    private final DeviceTraining.Watcher next;
    private final Map<String, CompletableFuture<double[]>> masks = new HashMap<>();

    /// @param next sees the same calls
    DrawnMasks(Tape tape, Start start, DeviceTraining device, DeviceTraining.Watcher next) {
        this.tape = tape;
        this.device = device;
        this.next = next;
        start.drawn().forEach(slot -> masks.put(slot, new CompletableFuture<>()));
    }

    @Override
    public void before(TapeCall entry, Call call) {
        next.before(entry, call);
    }

    @Override
    public void after(TapeCall entry, Call call) {
        for (String slot : entry.outputs().values()) {
            if (tape.isDrawn(slot)) {
                mask(slot).complete(device.values(slot));
            }
        }
        next.after(entry, call);
    }

    private CompletableFuture<double[]> mask(String slot) {
        CompletableFuture<double[]> mask = masks.get(slot);
        if (mask == null) {
            throw new IllegalArgumentException("nothing is drawn in " + slot);
        }
        return mask;
    }

    /// Waits for the values of a slot. Throws when the step has ended without them.
    double[] await(String slot) {
        return mask(slot).join();
    }

    /// Ends the waiting for what was not drawn.
    void end() {
        masks.values().forEach(mask -> mask.completeExceptionally(new IllegalStateException("the step has ended")));
    }
}
