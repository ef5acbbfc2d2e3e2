package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import java.util.Optional;

/// What comes back from a device.
final class C16RoundTrip extends Rule {
    private static final int SIZE = 70_001;
    private static final int[][] PARTS = {{0, 1}, {1, 3}, {7, 8}, {4095, 2}, {SIZE - 1, 1}, {12_345, 50_001}, {SIZE, 0}
    };

    C16RoundTrip() {
        super(
                "C16",
                "what is written to a buffer is read back, at any offset and length, and nothing beside it changes",
                "guard zones and tensors at odd offsets are written and read by the byte",
                "a whole buffer and parts of it at odd offsets are written, and the whole is read after each");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open();
                Buffer buffer = backend.allocate(SIZE)) {
            byte[] all = Bytes.random(SIZE, 1);
            candidate.at("write(0, " + SIZE + " bytes)");
            Bytes.write(buffer, 0, all);
            same(candidate, buffer, 0, all);
            for (int[] part : PARTS) {
                byte[] bytes = Bytes.random(part[1], part[0] + 2L);
                candidate.at("write(" + part[0] + ", " + part[1] + " bytes)");
                Bytes.write(buffer, part[0], bytes);
                System.arraycopy(bytes, 0, all, part[0], bytes.length);
                same(candidate, buffer, part[0], bytes);
                same(candidate, buffer, 0, all);
            }
            return new Outcome.Ok(Candidate.count(1 + PARTS.length, "write"));
        }
    }

    private static void same(Candidate candidate, Buffer buffer, long offset, byte[] expected) {
        Optional<String> where = Bytes.differs(buffer, offset, expected);
        if (where.isPresent()) {
            throw Found.violation(
                    "read(" + offset + ", " + expected.length + " bytes) gives something else at " + where.get(),
                    candidate.where(),
                    "copy exactly those bytes, and end when they are there");
        }
    }
}
