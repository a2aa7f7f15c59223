import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ServiceLoader;

class Plugins {
    static ServiceLoader<Runnable> load(File jar) throws Exception {
        URL[] urls = {jar.toURI().toURL()};
        return ServiceLoader.load(Runnable.class, new URLClassLoader(urls));
    }
}
