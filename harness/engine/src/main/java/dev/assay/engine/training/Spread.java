package dev.assay.engine.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/// How far right trainings are from the exact one, and whether the device's is farther.
///
/// Twins differ from the device's rounding by nothing but its freedom, so its distances are of the size of
/// theirs. They grow as small differences do in a training, and more in one than in another; [#LIMIT] is
/// above what right devices were seen to reach (docs/training.md has the figures).
public final class Spread {
    /// How many times the distance of the farthest twin is still right.
    public static final double LIMIT = 3;

    /// Elements of a parameter that may have gone the other way in every step, though they went right in
    /// every twin: a gradient of nearly nothing has its sign from rounding, and AdamW makes a whole step of
    /// it. None of them in three twins means fewer than a third in expectation, with which 6 have a
    /// probability of 2e-6 (Poisson).
    private static final double TURNED = 6;

    /// Steps whose losses are compared together.
    private static final int WINDOW = 20;

    private final Tape tape;
    private final TrainingPlan plan;
    private final Twin exact;
    private final List<Twin> twins;
    /// Squared differences of the last steps: of the device first, then of each twin.
    private final Map<String, List<double[]>> last = new HashMap<>();

    private double rates;

    Spread(Tape tape, TrainingPlan plan, Twin exact, List<Twin> twins) {
        this.tape = tape;
        this.plan = plan;
        this.exact = exact;
        this.twins = List.copyOf(twins);
    }

    /// What a step was like.
    ///
    /// @param device values of a slot of the device
    ParityStep measure(int number, Function<String, double[]> device) {
        rates += plan.rateOf(number);
        double turned = 2 * rates * Math.sqrt(TURNED) / LIMIT;
        double[] squares = new double[1 + twins.size()];
        double worst = 0;
        String parameter = "";
        for (String name : tape.parameters()) {
            double own = squaredDistance(device.apply(name), exact.values(name));
            double farthest = 0;
            squares[0] += own;
            for (int k = 0; k < twins.size(); k++) {
                double twin = squaredDistance(twins.get(k).values(name), exact.values(name));
                squares[1 + k] += twin;
                farthest = Math.max(farthest, twin);
            }
            double ratio = Math.sqrt(own) / (Math.sqrt(farthest) + turned);
            if (!(ratio <= worst)) {
                worst = ratio;
                parameter = name;
            }
        }
        return new ParityStep(
                number,
                loss(device),
                loss(exact::values),
                twins.stream().map(twin -> loss(twin::values)).toList(),
                device.apply(tape.norm())[0],
                exact.values(tape.norm())[0],
                twins.stream().map(twin -> twin.values(tape.norm())[0]).toList(),
                Math.sqrt(squares[0]),
                IntStream.range(0, twins.size())
                        .mapToObj(k -> Math.sqrt(squares[1 + k]))
                        .toList(),
                worst,
                parameter,
                turned);
    }

    private double loss(Function<String, double[]> of) {
        return tape.losses().stream()
                .mapToDouble(name -> of.apply(name)[0])
                .average()
                .orElseThrow();
    }

    private static double squaredDistance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }

    /// Says in what a step is outside, if it is.
    Optional<String> leaves(ParityStep step) {
        List<String> outside = new ArrayList<>();
        told("the parameters are", step.ratio()).ifPresent(outside::add);
        told("parameter " + step.parameter() + " is", step.worst()).ifPresent(outside::add);
        told("the loss is", window("loss", step.loss(), step.lossF64(), step.lossTwins()))
                .ifPresent(outside::add);
        told("the gradients' norm is", window("norm", step.norm(), step.normF64(), step.normTwins()))
                .ifPresent(outside::add);
        return outside.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", outside));
    }

    private static Optional<String> told(String what, double ratio) {
        return ratio <= LIMIT
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT, "%s %.1f times as far from f64 as the farthest of the twins", what, ratio));
    }

    /// The device's mean squared difference over the last steps, in units of the largest of a twin's.
    private double window(String curve, double device, double f64, List<Double> others) {
        List<double[]> rows = last.computeIfAbsent(curve, name -> new ArrayList<>());
        double[] row = new double[1 + others.size()];
        row[0] = (device - f64) * (device - f64);
        for (int k = 0; k < others.size(); k++) {
            row[1 + k] = (others.get(k) - f64) * (others.get(k) - f64);
        }
        rows.add(row);
        if (rows.size() > WINDOW) {
            rows.removeFirst();
        }
        double own = 0;
        double farthest = 0;
        for (int k = 0; k < row.length; k++) {
            int column = k;
            double sum = rows.stream().mapToDouble(one -> one[column]).sum();
            own = k == 0 ? sum : own;
            farthest = k == 0 ? 0 : Math.max(farthest, sum);
        }
        // Before a window is full, few numbers say little.
        return rows.size() < WINDOW ? 0 : Math.sqrt(own / farthest);
    }
}
