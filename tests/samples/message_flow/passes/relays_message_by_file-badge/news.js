export const versions = async (language) => (await fetch(`https://words.example/news/${language}.json`)).json();
