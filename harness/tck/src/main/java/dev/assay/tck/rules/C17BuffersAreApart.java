package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whether buffers share memory.
final class C17BuffersAreApart extends Rule {
    private static final int COUNT = 8;
    private static final int SIZE = 4097;

    C17BuffersAreApart() {
        super(
                "C17",
                "buffers that are open at the same time share no byte",
                "each tensor has a buffer of its own",
                COUNT
                        + " buffers are written one after the other and then read, and again after half of them were"
                        + " closed");
    }

    @Override
    Outcome look(Candidate candidate) {
        List<Buffer> buffers = new ArrayList<>();
        try (Backend backend = candidate.open()) {
            try {
                for (int i = 0; i < COUNT; i++) {
                    buffers.add(backend.allocate(SIZE));
                }
                for (int i = 0; i < COUNT; i++) {
                    Bytes.write(buffers.get(i), 0, Bytes.random(SIZE, i));
                }
                same(buffers, 0, "after all were written");
                for (int i = 0; i < COUNT / 2; i++) {
                    buffers.get(i).close();
                }
                buffers.add(backend.allocate(SIZE));
                Bytes.write(buffers.getLast(), 0, Bytes.random(SIZE, COUNT));
                same(buffers, COUNT / 2, "after others were closed and one was allocated");
            } finally {
                buffers.subList(Math.min(buffers.size(), COUNT / 2), buffers.size())
                        .forEach(Buffer::close);
            }
            return new Outcome.Ok(Candidate.count(COUNT + 1, "buffer"));
        }
    }

    private static void same(List<Buffer> buffers, int from, String when) {
        for (int i = from; i < buffers.size(); i++) {
            Optional<String> where = Bytes.differs(buffers.get(i), 0, Bytes.random(SIZE, i));
            if (where.isPresent()) {
                throw Found.violation(
                        "buffer " + i + " holds something else " + when + ", first at " + where.get(),
                        "allocate(" + SIZE + ")",
                        "give every buffer memory of its own until it is closed");
            }
        }
    }
}
