package dev.assay.engine.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.DType;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A training that rounds as its twins do stays among them; what is changed by a little more leaves.
class SpreadTest {
    private static final int STEPS = 30;
    private static final TrainingPlan SMALL =
            new TrainingPlan(DType.BF16, STEPS, 5, 1, 16, 4, 2, 24, 2, 5, 2, 0, 1e-3, 0.1, 1);

    private final Tape tape = Transformer.tape(SMALL);
    private final Start start = new Start(SMALL, tape);

    private Twin begun(Freedom freedom) {
        Twin twin = new Twin(tape, freedom);
        start.first(twin::load);
        start.drawn().forEach(slot -> java.util.Arrays.fill(twin.values(slot), 1));
        return twin;
    }

    /// The first step that is outside, and in what.
    ///
    /// @param spoil what is wrong with the gradients of a parameter
    private Optional<String> trained(long seed, Consumer<Twin> spoil) {
        Twin exact = begun(Freedom.none());
        List<Twin> twins = IntStream.range(0, 3)
                .mapToObj(k -> begun(Freedom.ofF32(50 + k)))
                .toList();
        Twin device = begun(Freedom.ofF32(seed));
        Spread spread = new Spread(tape, SMALL, exact, twins);
        for (int number = 1; number <= STEPS; number++) {
            for (Twin one : List.of(exact, twins.get(0), twins.get(1), twins.get(2), device)) {
                start.step(number, one::load);
                one.step(number);
            }
            spoil.accept(device);
            int step = number;
            Optional<String> leaves = spread.leaves(spread.measure(number, device::values));
            if (leaves.isPresent()) {
                return leaves.map(what -> step + ": " + what);
            }
        }
        return Optional.empty();
    }

    @Test
    void rightTrainingsStay() {
        for (long seed = 1; seed <= 5; seed++) {
            assertEquals(Optional.empty(), trained(seed, twin -> {}));
        }
    }

    @Test
    void aParameterThatIsNotSteppedLeaves() {
        double[] first = begun(Freedom.none()).values("layer0.query.master").clone();
        Optional<String> leaves = trained(1, twin -> {
            System.arraycopy(first, 0, twin.values("layer0.query.master"), 0, first.length);
        });
        assertTrue(leaves.orElse("").contains("layer0.query.master"), leaves::toString);
    }

    @Test
    void decayThatIsTooStrongLeaves() {
        Optional<String> leaves = trained(1, twin -> {
            double[] head = twin.values("head.master");
            for (int i = 0; i < head.length; i++) {
                head[i] *= 0.995;
            }
        });
        assertFalse(leaves.isEmpty());
    }

    /// One element that went the other way can make most of the distance of a small model, and no more than that.
    @Test
    void allParametersTogetherHaveTheDistanceOfAFewTurnedElements() {
        List<Twin> all = IntStream.range(0, 3)
                .mapToObj(k -> begun(Freedom.ofF32(50 + k)))
                .toList();
        Spread spread = new Spread(tape, SMALL, begun(Freedom.none()), all);
        double first = spread.measure(1, all.getFirst()::values).turned();
        double second = spread.measure(2, all.getFirst()::values).turned();
        // Six elements, each twice the sum of the rates away, of a third of the limit.
        assertEquals(2 * SMALL.rateOf(1) * Math.sqrt(6) / 3, first, 1e-15);
        assertEquals(first + 2 * SMALL.rateOf(2) * Math.sqrt(6) / 3, second, 1e-15);
    }

    @Test
    void allParametersTogetherLeaveBeyondTheLimit() {
        Spread spread = new Spread(tape, SMALL, begun(Freedom.none()), List.of());
        assertEquals(Optional.empty(), spread.leaves(distant(7.4)));
        assertEquals(
                Optional.of("the parameters are 3.1 times as far from f64 as the farthest of the twins"),
                spread.leaves(distant(7.75)));
    }

    /// Twins at 1 and 2, and 0.5 for turned elements.
    private static ParityStep distant(double distance) {
        return new ParityStep(
                1, 3, 3, List.of(3.1, 3.1), 1, 1, List.of(1.1, 1.1), distance, List.of(1.0, 2.0), 0, "", 0.5);
    }
}
