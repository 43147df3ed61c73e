package io.gotthard.models;

import java.util.Base64;

/**
 * What an image in a chat counts as, by the rule that OpenAI published for GPT-4o: 85 tokens in low detail; else it is made to fit 2048 by
 * 2048 pixels and its shorter side 768, and each square of 512 that it then touches is 170 more. Newer models and other vendors count
 * otherwise: it is an approximation for them.
 */
final class ImageTokens {

    /** An image whose size is not known, because it is elsewhere or in a format that is not read: one of 1024 by 1024. */
    static final int USUAL = 765;

    /** More than that is none. */
    static final int MOST = 1_445;

    private static final int BASE = 85;
    private static final int TILE = 170;
    private static final int TILE_PIXELS = 512;
    private static final double LONGER = 2_048;
    private static final double SHORTER = 768;

    /** Where a camera's preview and comments are over, in bytes. */
    private static final int HEAD = 65_536 * 2;

    private ImageTokens() {}

    /** The tokens of the image at an URL, whose size is looked for in it if it is a {@code data:} URL of a PNG, GIF or JPEG. */
    static int of(String url, boolean lowDetail) {
        if (lowDetail) {
            return BASE;
        }
        int comma = url.startsWith("data:") ? url.indexOf(";base64,") : -1;
        if (comma < 0) {
            return USUAL;
        }
        int from = comma + ";base64,".length();
        int to = from + Math.min(url.length() - from, HEAD) / 4 * 4;
        try {
            return of(Base64.getDecoder().decode(url.substring(from, to)));
        } catch (IllegalArgumentException notBase64) {
            return USUAL;
        }
    }

    /** The tokens of an image in high detail. */
    static int of(int width, int height) {
        if (width < 1 || height < 1) {
            return USUAL;
        }
        double scale = Math.min(1, LONGER / Math.max(width, height));
        scale = Math.min(scale, SHORTER / Math.min(width, height));
        return BASE + TILE * tiles(width * scale) * tiles(height * scale);
    }

    private static int tiles(double pixels) {
        return Math.max(1, (int) Math.ceil(Math.rint(pixels) / TILE_PIXELS));
    }

    private static int of(byte[] image) {
        if (begins(image, 0x89, 'P', 'N', 'G') && image.length >= 24) {
            return of(word(image, 16) << 16 | word(image, 18), word(image, 20) << 16 | word(image, 22));
        }
        if (begins(image, 'G', 'I', 'F', '8') && image.length >= 10) {
            return of(
                    Short.reverseBytes((short) word(image, 6)) & 0xffff,
                    Short.reverseBytes((short) word(image, 8)) & 0xffff);
        }
        return begins(image, 0xff, 0xd8) ? jpeg(image) : USUAL;
    }

    /** Goes from segment to segment until the one that has the size. */
    private static int jpeg(byte[] image) {
        int at = 2;
        while (at + 9 <= image.length && (image[at] & 0xff) == 0xff) {
            int marker = image[at + 1] & 0xff;
            boolean frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
            if (frame) {
                return of(word(image, at + 7), word(image, at + 5));
            }
            at += marker == 0xff ? 1 : 2 + Math.max(2, word(image, at + 2));
        }
        return USUAL;
    }

    private static boolean begins(byte[] image, int... with) {
        for (int i = 0; i < with.length; i++) {
            if (image.length <= i || (image[i] & 0xff) != with[i]) {
                return false;
            }
        }
        return true;
    }

    private static int word(byte[] image, int at) {
        return (image[at] & 0xff) << 8 | (image[at + 1] & 0xff);
    }
}
