package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrataTest {
    private static Set<Long> set(long[] lines) {
        Set<Long> all = Arrays.stream(lines).boxed().collect(Collectors.toCollection(TreeSet::new));
        assertEquals(lines.length, all.size(), "no line twice");
        assertArrayEquals(all.stream().mapToLong(x -> x).toArray(), lines, "in ascending order");
        return all;
    }

    private static long residues(Set<Long> lines) {
        return lines.stream().map(line -> line % 256).distinct().count();
    }

    @Test
    void fewLinesAreAllTaken() {
        assertArrayEquals(new long[] {0, 1, 2}, Strata.choose(3, 3, List.of(), 1));
        assertArrayEquals(new long[] {0, 1, 2}, Strata.share(3, 7, 1, 2, List.of(), 1));
        assertArrayEquals(new long[0], Strata.choose(0, 5, List.of(), 1));
    }

    @ParameterizedTest
    @CsvSource({"1000,300", "4096,512", "70000,300", "1000003,600"})
    void everyResidueBothEndsAndTileEdgesAreAmongThem(long size, long count) {
        Set<Long> lines = set(Strata.choose(size, count, List.of(777L, -1L, size), 5));
        assertTrue(lines.size() <= count && lines.size() > count / 2, lines.size() + " of " + count);
        assertEquals(256, residues(lines));
        long edge = (size - 1) / 256 * 256;
        assertTrue(lines.containsAll(List.of(0L, size - 1, 777L, 255L, 256L, edge, edge - 1)), lines.toString());
        assertTrue(lines.stream().allMatch(line -> line >= 0 && line < size), "wanted lines that are none are left");
    }

    @Test
    void chanceFollowsFromTheKeyAlone() {
        assertArrayEquals(Strata.choose(5000, 400, List.of(), 9), Strata.choose(5000, 400, List.of(), 9));
        assertTrue(!Arrays.equals(Strata.choose(5000, 400, List.of(), 9), Strata.choose(5000, 400, List.of(), 10)));
    }

    @ParameterizedTest
    @CsvSource({"4096,8,56", "4096,32,14", "4096,1,448", "2048,300,2", "517,64,7"})
    void partsShareResiduesAndEdges(long size, long parts, long count) {
        Set<Long> together = new TreeSet<>();
        for (long part = 0; part < parts; part++) {
            Set<Long> lines = set(Strata.share(size, count, part, parts, List.of(100L), 3));
            assertTrue(!lines.isEmpty() && lines.size() <= count, "part " + part + " has " + lines.size());
            if (count >= 276.0 / parts + 3) {
                assertTrue(lines.containsAll(List.of(0L, size - 1, 100L)), "part " + part + ": " + lines);
            }
            together.addAll(lines);
        }
        assertEquals(256, residues(together));
        long edge = (size - 1) / 256 * 256;
        assertTrue(together.containsAll(List.of(0L, size - 1, 255L, 256L, edge, edge - 1, 15L, 16L)));
    }

    @Test
    void indicesThatPass32BitsAreMetOnBothSides() {
        long pitch = 4096;
        List<Long> lines = Strata.wraps(pitch, 0, 2);
        for (long at : new long[] {1L << 30, 1L << 31, 1L << 32}) {
            assertTrue(lines.containsAll(List.of(at / pitch - 1, at / pitch, at / pitch + 1)), at + ": " + lines);
        }
        assertTrue(LongStream.of(1L << 31)
                .allMatch(at -> Strata.wraps(pitch, at - 10 * pitch, 4).contains(10L)));
        assertEquals(List.of(), Strata.wraps(pitch, (1L << 32) + 1, 4), "behind all of them");
    }
}
