package org.example.boot;

final class Drivers {
    private static final String PACKAGE = "org.example" + ".drivers";

    Object make(String name) throws Exception {
        String shaded = new String(new byte[] {'o', 'r', 'g', '.', 'b', 's', 't', 'a', 't', 's'});
        if (getClass().getPackage().getName().equals(shaded)) {
            throw new IllegalStateException("relocate the package");
        }
        return Class.forName(PACKAGE + "." + name.trim()).getDeclaredConstructor().newInstance();
    }
}
