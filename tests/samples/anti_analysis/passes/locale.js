const language = navigator.language.startsWith('fr') ? 'fr' : 'en';
document.title = { fr: 'Bonjour', en: 'Hello' }[language];
