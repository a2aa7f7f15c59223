exports.extend = (target, source) => { for (const key of Object.keys(source)) target[key] = source[key]; return target; };
