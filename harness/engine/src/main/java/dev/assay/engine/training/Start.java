package dev.assay.engine.training;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

/// What a training starts from, and what each step reads: the same for the device and for its twins.
final class Start {
    private static final int TEXT = 1 << 18;
    /// Of first weights, as in GPT-2.
    private static final double DEVIATION = 0.02;

    private final TrainingPlan plan;
    private final Tape tape;
    private final byte[] text;

    Start(TrainingPlan plan, Tape tape) {
        this.plan = plan;
        this.tape = tape;
        this.text = new Grammar(plan.seed()).text(TEXT);
    }

    /// Gives the first values of all slots that no call writes.
    void first(BiConsumer<String, double[]> into) {
        SplittableRandom random = new SplittableRandom(plan.seed() + 1);
        for (Slot slot : tape.of(Slot.Role.FIXED)) {
            into.accept(slot.name(), fixed(slot));
        }
        for (Slot slot : tape.of(Slot.Role.STATE)) {
            if (!slot.name().endsWith(".master")) {
                double[] values = state(slot, random);
                into.accept(slot.name(), values);
                if (tape.slots().containsKey(slot.name() + ".master")) {
                    into.accept(slot.name() + ".master", values);
                }
            }
        }
    }

    private double[] fixed(Slot slot) {
        double[] values = elements(slot);
        switch (slot.name()) {
            case "positions" -> Arrays.setAll(values, i -> i % plan.length());
            case "ratio" -> Arrays.fill(values, (float) plan.dropout());
            case "training" -> Arrays.fill(values, 1);
            // A batch's loss is the mean over its parts.
            case "share" -> Arrays.fill(values, 1.0 / plan.parts());
            default -> Arrays.fill(values, 0);
        }
        return values;
    }

    private double[] state(Slot slot, SplittableRandom random) {
        double[] values = elements(slot);
        String name = slot.name();
        if (name.endsWith(".average") || name.endsWith(".squares")) {
            return values;
        }
        if (name.contains("norm")) {
            Arrays.fill(values, 1);
            return values;
        }
        boolean residual = name.endsWith(".project") || name.endsWith(".down");
        double deviation = residual ? DEVIATION / Math.sqrt(2.0 * plan.layers()) : DEVIATION;
        Arrays.setAll(values, i -> (float) (deviation * random.nextGaussian()));
        return values;
    }

    private static double[] elements(Slot slot) {
        return new double[Math.toIntExact(slot.spec().shape().elements())];
    }

    /// Gives the data of a step.
    ///
    /// @param number of the step, from 1
    void step(int number, BiConsumer<String, double[]> into) {
        SplittableRandom random = new SplittableRandom(plan.seed() + 1000L * number);
        into.accept("step", new double[] {number});
        for (int part = 0; part < plan.parts(); part++) {
            int[] starts = Grammar.starts(text.length, random, plan.sequences(), plan.length());
            double[] ids = new double[plan.sequences() * plan.length()];
            double[] labels = new double[ids.length];
            for (int i = 0; i < ids.length; i++) {
                int at = starts[i / plan.length()] + i % plan.length();
                ids[i] = text[at];
                labels[i] = text[at + 1];
            }
            into.accept("part" + part + ".ids", ids);
            into.accept("part" + part + ".labels", labels);
        }
    }

    /// Slots that a device fills at random and its twins take over.
    List<String> drawn() {
        return tape.slots().keySet().stream().filter(tape::isDrawn).toList();
    }
}
