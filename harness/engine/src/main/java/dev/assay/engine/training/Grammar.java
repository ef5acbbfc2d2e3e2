package dev.assay.engine.training;

import java.util.List;
import java.util.SplittableRandom;

/// A language to learn: sentences of a small grammar, whose verbs agree with their subjects and whose sums
/// are right.
///
/// Generated, so that no text has to be shipped, and so that every seed has a text of its own.
final class Grammar {
    /// The characters, by number.
    static final String ALPHABET = "\n .,+=0123456789abcdefghijklmnopqrstuvwxyz";

    private static final List<String> NOUNS =
            List.of("chip", "core", "clock", "cache", "kernel", "tensor", "vector", "matrix", "gate", "wire");
    private static final List<String> ADJECTIVES =
            List.of("small", "fast", "old", "warm", "wide", "narrow", "quiet", "busy");
    private static final List<String> VERBS = List.of("add", "load", "store", "wait", "turn", "count", "move", "hold");
    private static final int LARGEST_ADDEND = 50;

    private final SplittableRandom random;

    Grammar(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /// A text of so many characters, as their numbers.
    byte[] text(int characters) {
        StringBuilder text = new StringBuilder(characters + 100);
        while (text.length() < characters) {
            text.append(random.nextInt(4) == 0 ? sum() : sentence()).append('\n');
        }
        byte[] numbers = new byte[characters];
        for (int i = 0; i < characters; i++) {
            numbers[i] = (byte) ALPHABET.indexOf(text.charAt(i));
        }
        return numbers;
    }

    private String sum() {
        int a = random.nextInt(LARGEST_ADDEND);
        int b = random.nextInt(LARGEST_ADDEND);
        return a + " + " + b + " = " + (a + b);
    }

    private String sentence() {
        boolean many = random.nextBoolean();
        StringBuilder text = new StringBuilder(nounPhrase(many));
        text.append(' ').append(one(VERBS)).append(many ? "" : "s");
        if (random.nextBoolean()) {
            text.append(' ').append(nounPhrase(random.nextBoolean()));
        }
        if (random.nextInt(3) == 0) {
            boolean others = random.nextBoolean();
            text.append(", and ").append(nounPhrase(others)).append(' ').append(one(VERBS));
            text.append(others ? "" : "s");
        }
        return text.append('.').toString();
    }

    private String nounPhrase(boolean many) {
        String adjective = random.nextInt(3) == 0 ? one(ADJECTIVES) + " " : "";
        return (many ? "all " : "the ") + adjective + plural(one(NOUNS), many);
    }

    private static String plural(String noun, boolean many) {
        if (!many) {
            return noun;
        }
        return noun.equals("matrix") ? "matrices" : noun + "s";
    }

    private String one(List<String> words) {
        return words.get(random.nextInt(words.size()));
    }

    /// Where pieces of `length` characters and one more start in a text.
    static int[] starts(int characters, SplittableRandom random, int pieces, int length) {
        return random.ints(pieces, 0, characters - length).toArray();
    }
}
