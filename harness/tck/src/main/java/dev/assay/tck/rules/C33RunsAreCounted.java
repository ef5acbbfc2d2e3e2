package dev.assay.tck.rules;

import dev.assay.backend.Timing;
import dev.assay.tck.rules.Rig.Place;
import java.util.Arrays;
import java.util.Optional;

/// Times that are told.
final class C33RunsAreCounted extends RunRule {
    private static final int[] TIMES = {1, 3, 7};

    C33RunsAreCounted() {
        super(
                "C33",
                "`run(times)` tells as many times, none of them negative, and together not more than have passed",
                "published times are made of them",
                "1, 3 and 7 runs are asked for with a clock around them; of modelled times the sum may be anything");
    }

    @Override
    Outcome look(Candidate candidate) {
        return candidate.each((backend, example) -> {
            try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
                for (int times : TIMES) {
                    long start = System.nanoTime();
                    Timing timing = rig.launch().run(times);
                    long passed = System.nanoTime() - start;
                    Optional<String> wrong = wrong(timing, times, passed);
                    if (wrong.isPresent()) {
                        return Optional.of(Found.violation(
                                wrong.get(),
                                example.id() + ", run(" + times + ")",
                                "tell the nanoseconds of each run, or leave run(times) to its default"));
                    }
                }
                return Optional.empty();
            }
        });
    }

    private static Optional<String> wrong(Timing timing, int times, long passed) {
        if (Candidate.isNull(timing)) {
            return Optional.of("run(times) answers null");
        }
        long[] nanos = timing.nanos();
        if (nanos.length != times) {
            return Optional.of(nanos.length + " times for " + Candidate.count(times, "run"));
        }
        if (Arrays.stream(nanos).anyMatch(one -> one < 0)) {
            return Optional.of("a negative time in " + Arrays.toString(nanos));
        }
        double sum = Arrays.stream(nanos).asDoubleStream().sum();
        if (timing.clock() != Timing.Clock.MODELLED && sum > passed) {
            return Optional.of("times add up to " + Math.round(sum) + " ns where " + passed + " ns have passed");
        }
        return Optional.empty();
    }
}
